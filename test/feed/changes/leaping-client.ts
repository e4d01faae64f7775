import type { ChangeFeed, ChangeItem } from "../../../src/feed/change-feed.ts";
import type { Feed } from "../../../src/feed/feed.ts";
import type { Filter, StoredDocument } from "../../../src/read-model/read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { request } from "./harness.ts";

/**
 * Keeps a table of what it follows. It goes away after each few items, and goes on from its cursor with the next of the
 * feeds. Documents before must be told.
 */
export class LeapingClient {
  readonly table: Map<string, StoredDocument> = new Map();
  /** Changes that don't fit what the table holds. */
  readonly problems: string[] = [];
  legs = 0;
  resets = 0;
  readonly #feeds: readonly ChangeFeed[];
  readonly #follows: { readonly collection: string; readonly where: Filter };
  #after: string | undefined;
  #current: Feed | undefined;
  #end: (() => void) | undefined;
  #isStopped = false;

  constructor(feeds: readonly ChangeFeed[], follows: { readonly collection: string; readonly where: Filter }) {
    this.#feeds = feeds;
    this.#follows = follows;
  }

  /** Subscribes again and again until it is stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const feed = this.#feeds[this.legs % this.#feeds.length];
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      this.#end = end;
      const sink = this.#sinkFor(1 + (this.legs++ % 5));
      const after = this.#after;
      this.#current = await feed?.subscribe(request({ ...this.#follows, after, snapshot: after === undefined }), sink);
      await ended;
      this.#current?.close();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#end?.();
  }

  #sinkFor(items: number): FakeSink {
    const sink = new FakeSink();
    sink.onNext = (item) => {
      this.#take(item);
      if (sink.items.length < items) return;
      this.#current?.close();
      this.#end?.();
    };
    return sink;
  }

  #take({ operation, id, document, previous, cursor }: ChangeItem): void {
    this.#after = cursor;
    if (operation === "RESET") {
      this.table.clear();
      this.resets++;
      return;
    }
    const known = this.table.get(id);
    const expected = operation === "SNAPSHOT" || operation === "INSERT" ? undefined : previous;
    if (known !== undefined || operation === "LEAVE" || operation === "DELETE")
      if (known?.["v"] !== expected?.["v"]) this.problems.push(`${operation} of ${id} doesn't follow what was told`);
    if (document === undefined) this.table.delete(id);
    else this.table.set(id, document);
  }
}
