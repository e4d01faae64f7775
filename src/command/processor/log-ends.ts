import type { OffsetRange, PlacedRecord } from "../../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../../model/position.ts";

/** How many offsets a commit takes on each partition besides its records': Kafka ends transactions with a marker. */
export interface MarkerGuess {
  offsets: 0 | 1;
}

/** Where the next records of the partitions will land that one owner writes. */
export class LogEnds {
  readonly #ends = new Map<string, number>();
  readonly #markers: MarkerGuess;
  /** What was guessed at the last commit; undefined: the log itself said where the ends are. */
  #guess: MarkerGuess["offsets"] | undefined;

  constructor(markers: MarkerGuess) {
    this.#markers = markers;
  }

  /** The log said so. */
  read(topic: string, ranges: readonly OffsetRange[]): void {
    for (const [partition, { high }] of ranges.entries()) this.#ends.set(partitionId({ topic, partition }), high);
    this.#guess = undefined;
  }

  /** The offset of a partition's next record. */
  next(of: TopicPartition): number {
    return this.#ends.get(partitionId(of)) ?? 0;
  }

  /** The records landed where they were to. */
  committed(records: readonly PlacedRecord[]): void {
    const touched = new Set<string>();
    for (const record of records) {
      const id = partitionId(record);
      touched.add(id);
      this.#ends.set(id, (this.#ends.get(id) ?? 0) + 1);
    }
    for (const id of touched) this.#ends.set(id, (this.#ends.get(id) ?? 0) + this.#markers.offsets);
    this.#guess = this.#markers.offsets;
  }

  /** A record did not land where it was to, though nobody else wrote: the guess was wrong. */
  missed(): void {
    // Other owners share the guess, and may have mended it meanwhile.
    if (this.#guess === this.#markers.offsets) this.#markers.offsets = this.#guess === 0 ? 1 : 0;
    this.#guess = undefined;
  }
}
