/** Gives out the offsets at the ends of partitions, one after the other, within one transaction. */
export class PartitionEnds {
  readonly #read: (topic: number, partition: number) => number;
  readonly #ends = new Map<string, { readonly topic: number; readonly partition: number; next: number }>();

  /** @param read reads the offset that a partition of a topic, by its id, goes on with */
  constructor(read: (topic: number, partition: number) => number) {
    this.#read = read;
  }

  /** The next offset of a partition: a record's. */
  take(topic: number, partition: number): number {
    const id = `${partition}/${topic}`;
    const end = this.#ends.get(id) ?? { topic, partition, next: this.#read(topic, partition) };
    this.#ends.set(id, end);
    end.next += 1;
    return end.next - 1;
  }

  /** The partitions that offsets were taken of, and with which each goes on. */
  moved(): Iterable<{ readonly topic: number; readonly partition: number; readonly next: number }> {
    return this.#ends.values();
  }
}
