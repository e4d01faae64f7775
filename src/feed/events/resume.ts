import type { Position } from "../../model/position.ts";
import type { EventItem } from "../event-feed.ts";
import type { KeyedEvent } from "./event-decoder.ts";
import { toEventItem } from "./event-item.ts";

/**
 * A subscriber's way from its cursor to the present.
 *
 * Each partition is read from the log's history until the subscriber stands where the live reader does, or further; from
 * then on that partition's events come from the live reader. An event is taken only where it isn't before the
 * subscriber's own place, so it makes no difference how far apart the two readers are.
 */
export class Resume {
  readonly #next: number[];
  readonly #live = new Set<number>();

  /** @param next the next offset of each partition, as its cursor has it */
  constructor(next: readonly number[]) {
    this.#next = [...next];
  }

  /** The next offset of a partition. Everything before it was taken, or is of no interest. */
  next(partition: number): number {
    return this.#next[partition] ?? 0;
  }

  /** Whether a partition's events come from the live reader. */
  isLive(partition: number): boolean {
    return this.#live.has(partition);
  }

  /** Whether a record is still to be taken. */
  isDue({ partition, offset }: Position): boolean {
    return offset >= this.next(partition);
  }

  /** Takes an event: the subscriber stands behind it, and its cursor says so. */
  take(event: KeyedEvent): EventItem {
    const { partition, offset } = event.record;
    this.pass(partition, offset + 1);
    return toEventItem(event, [...this.#next]);
  }

  /** Stands at `next` at least: there is nothing of interest before it. */
  pass(partition: number, next: number): void {
    while (this.#next.length <= partition) this.#next.push(0);
    this.#next[partition] = Math.max(this.next(partition), next);
  }

  /** Gives the partitions to the live reader in which the subscriber stands at its positions, or further. */
  handOver(positions: readonly number[]): void {
    for (const [partition, position] of positions.entries())
      if (this.next(partition) >= position) this.#live.add(partition);
  }

  /** Whether every partition's events come from the live reader. */
  isHandedOver(positions: readonly number[]): boolean {
    return this.#live.size >= positions.length;
  }

  /** Whether the live reader has got to where the subscriber stands, in all partitions: they go on together. */
  isOver(positions: readonly number[]): boolean {
    return this.isHandedOver(positions) && positions.every((position, partition) => position >= this.next(partition));
  }

  /** Where the subscriber stands, in all partitions. */
  place(positions: readonly number[]): readonly number[] {
    return positions.map((position, partition) =>
      this.isLive(partition) ? Math.max(position, this.next(partition)) : this.next(partition),
    );
  }

  /** Goes back to reading history from where the subscriber stands. */
  rewind(positions: readonly number[]): void {
    for (const [partition, next] of this.place(positions).entries()) this.pass(partition, next);
    this.#live.clear();
  }
}
