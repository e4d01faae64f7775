import { inspect } from "node:util";
import type { EventQLError } from "../../../src/errors.ts";
import type { ChangeItem } from "../../../src/feed/change-feed.ts";
import type { FeedSink } from "../../../src/feed/feed.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";

/** A sink that keeps what it is given, with room for so many until it is emptied. */
export class FakeSink implements FeedSink<ChangeItem> {
  readonly items: ChangeItem[] = [];
  ended: EventQLError | undefined;
  endCalls = 0;
  /** Called with each item that was taken. */
  onNext: (item: ChangeItem) => void = () => {};
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(room: number = Number.POSITIVE_INFINITY) {
    this.#free = room;
  }

  next(item: ChangeItem): void {
    this.items.push(item);
    this.#free--;
    this.onNext(item);
  }

  hasRoom(): boolean {
    return this.#free > 0;
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(error: EventQLError): void {
    this.ended = error;
    this.endCalls++;
  }

  /** Makes room for so many more. */
  free(count: number): void {
    this.#free += count;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** What came, in short: operation, id and the field `v`. */
  get lines(): readonly string[] {
    return this.items.map(lineOf);
  }

  /** Where to go on from: the end's cursor, or the last item's. */
  get cursor(): string | undefined {
    const { cursor } = this.ended?.details ?? {};
    return typeof cursor === "string" ? cursor : this.items.at(-1)?.cursor;
  }
}

/** `INSERT a 1`, and ` (0)` after it where the document before had 0. */
export function lineOf({ operation, id, document, previous }: Omit<ChangeItem, "cursor">): string {
  const version = document === undefined ? "" : ` ${versionOf(document)}`;
  return `${operation} ${id}${version}${previous === undefined ? "" : ` (${versionOf(previous)})`}`;
}

function versionOf({ v }: StoredDocument): string {
  return inspect(v);
}
