import type { EventItem } from "../event-feed.ts";
import type { FeedSink } from "../feed.ts";

/** Live events that wait, in order, until their subscriber has room. */
export class HoldBack {
  readonly #bound: number;
  #items: EventItem[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Holds one more, unless that would be too many. Whether it does. */
  add(item: EventItem): boolean {
    return this.#items.length < this.#bound && this.#items.push(item) > 0;
  }

  /** Hands over what there is room for. @throws what the sink throws. */
  handTo(sink: Pick<FeedSink<EventItem>, "hasRoom" | "next">): void {
    for (let first = this.#items[0]; first !== undefined && sink.hasRoom(); first = this.#items[0]) {
      this.#items.shift();
      sink.next(first);
    }
  }

  clear(): void {
    this.#items = [];
  }

  /** Where one stands who had everything before `positions`, but for what is held here. */
  place(positions: readonly number[]): number[] {
    const next = [...positions];
    for (const { record } of this.#items)
      next[record.partition] = Math.min(next[record.partition] ?? record.offset, record.offset);
    return next;
  }
}
