import type { EventQLError } from "../../../src/errors.ts";
import type { ChangeFeed, ChangeItem, ChangeRequest } from "../../../src/feed/change-feed.ts";
import type { EventFeed, EventItem, EventRequest } from "../../../src/feed/event-feed.ts";
import type { Feed, FeedSink } from "../../../src/feed/feed.ts";

/** Who subscribed, with what. */
interface Subscribed<Request, T> {
  readonly request: Request;
  readonly sink: FeedSink<T>;
  readonly isClosed: () => boolean;
}

/** A feed that the test plays: everyone is told everything. */
class FakeFeed<Request, T> {
  readonly subscribed: Subscribed<Request, T>[] = [];
  /** What the next who subscribe are refused with. */
  refusal: EventQLError | undefined;
  startCursor: string | undefined;

  async subscribe(request: Request, sink: FeedSink<T>): Promise<Feed> {
    if (this.refusal !== undefined) throw this.refusal;
    let closed = false;
    this.subscribed.push({ request, sink, isClosed: () => closed });
    return {
      startCursor: this.startCursor,
      close: () => {
        closed = true;
      },
    };
  }

  /** Tells all who still listen. */
  emit(item: T): void {
    for (const { sink, isClosed } of this.subscribed) if (!isClosed()) sink.next(item);
  }

  end(error: EventQLError): void {
    for (const { sink, isClosed } of this.subscribed) if (!isClosed()) sink.end(error);
  }

  /** The last who subscribed. */
  get last(): Subscribed<Request, T> {
    const last = this.subscribed.at(-1);
    if (last === undefined) throw new TypeError("nobody subscribed");
    return last;
  }

  async close(): Promise<void> {}
}

export class FakeChangeFeed extends FakeFeed<ChangeRequest, ChangeItem> implements ChangeFeed {
  moved(): void {
    throw new TypeError("nothing moves");
  }
}
export class FakeEventFeed extends FakeFeed<EventRequest, EventItem> implements EventFeed {
  page(): Promise<never> {
    throw new TypeError("a subscriber reads no pages");
  }
}
