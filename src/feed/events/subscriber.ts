import type { EventQLError } from "../../errors.ts";
import type { EventItem, EventRequest } from "../event-feed.ts";
import type { FeedSink } from "../feed.ts";
import type { KeyedEvent } from "./event-decoder.ts";
import type { HoldBack } from "./hold-back.ts";
import type { Resume } from "./resume.ts";
import { nextTurn } from "./turns.ts";

/** One who follows a topic. */
export class Subscriber {
  readonly #request: EventRequest;
  readonly #sink: FeedSink<EventItem>;
  readonly #over = new AbortController();
  /** Its way from a cursor to the present; undefined: it goes along with the live reader in all partitions. */
  resume: Resume | undefined;
  /** What it gets before anything else from the live reader. */
  readonly heldBack: HoldBack;

  constructor(request: EventRequest, sink: FeedSink<EventItem>, resume: Resume | undefined, heldBack: HoldBack) {
    this.#request = request;
    this.#sink = sink;
    this.resume = resume;
    this.heldBack = heldBack;
  }

  /** The keys wanted; undefined: all. */
  get ids(): ReadonlySet<string> | undefined {
    return this.#request.ids;
  }

  /** Whether it has ended, or was closed. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Whether it wants an event of a key that it wants. */
  wants({ event }: KeyedEvent): boolean {
    const { eventTypes, tombstones } = this.#request;
    return event === undefined ? tombstones : (eventTypes?.has(event.writer.eventType.fullName) ?? true);
  }

  /** Where it stands, in all partitions, given the live reader's positions. */
  place(positions: readonly number[]): readonly number[] {
    return this.resume?.place(positions) ?? this.heldBack.place(positions);
  }

  hasRoom(): boolean {
    return this.#sink.hasRoom();
  }

  /** Waits until there is room, for so many ms at most. Whether there is: not where it is over. */
  async roomWithin(ms: number): Promise<boolean> {
    const { signal } = this.#over;
    const tooLate = Promise.withResolvers<boolean>();
    const end = (): void => tooLate.resolve(false);
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    try {
      let waiting = true;
      while (waiting && !signal.aborted && !this.hasRoom()) {
        waiting = await Promise.race([
          this.#sink.room().then(
            () => true,
            () => false,
          ),
          tooLate.promise,
        ]);
        // Others may have taken the room; and a promise that is fulfilled in vain must not hold the process up.
        await nextTurn();
      }
      return !signal.aborted && this.hasRoom();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }

  /** Hands it an event. */
  next(item: EventItem): void {
    if (!this.isOver) this.#sink.next(item);
  }

  /** Ends it, and says why. */
  end(error: EventQLError): void {
    if (this.isOver) return;
    this.#over.abort();
    this.#sink.end(error);
  }

  /** Ends it at its own wish. */
  close(): void {
    this.#over.abort();
  }
}
