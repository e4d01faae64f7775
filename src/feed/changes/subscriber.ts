import { setImmediate as nextTurn } from "node:timers/promises";
import { EventQLError, messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChangeItem } from "../change-feed.ts";
import type { FeedSink } from "../feed.ts";
import { type Cursor, formatCursor } from "./cursor.ts";
import { readingFailed, tooSlow } from "./errors.ts";
import type { Member } from "./groups.ts";
import type { Step } from "./history.ts";
import { HoldBack } from "./hold-back.ts";
import type { Item } from "./item.ts";
import { Patience, type PatienceOptions } from "./patience.ts";
import { waitForRoom } from "./room.ts";
import { later } from "./shared-watch.ts";

/** Steps of history after which others get their turn. */
const STEPS_PER_TURN = 256;

type Steps = AsyncGenerator<Step, void, undefined>;

/** What a subscriber lives on. */
export interface SubscriberOptions extends PatienceOptions {
  readonly sink: FeedSink<ChangeItem>;
  readonly logger: Logger;
  /** Where it begins. */
  readonly from: Cursor;
  /** Whether there is something to read before what is live. */
  readonly hasHistory: boolean;
  /** Live items that are held back while history is read, or there is no room. */
  readonly maxHeldBack: number;
  /** How long the first reading may wait until it can begin, in ms. */
  readonly startMs: number;
  /** Reads what was since a cursor, up to where the watch has come by then, or further. */
  readonly read: (from: Cursor, signal: AbortSignal, startMs?: number) => Steps;
  /** All changes up to here were told to everyone. */
  readonly settled: () => string;
  /** Its sink has no room for what is live: {@link Subscriber.goOn} is to be called. */
  readonly onBehind: () => void;
  /** Called once, when it ends, however it does. */
  readonly onEnd: () => void;
}

/**
 * One who follows changes: first history, at its own speed, then what was held back meanwhile, then live, as long as its
 * sink has room; without, it goes on at its own speed until it has caught up. An item is delivered only where it stands
 * after all that was delivered before, so none comes twice; and what is held back may be thrown away at any time, for it
 * can be read again.
 */
export class Subscriber implements Member {
  readonly #options: SubscriberOptions;
  readonly #heldBack: HoldBack;
  readonly #ending = new AbortController();
  #cursor: Cursor;
  #steps: Steps | undefined;
  #first: IteratorResult<Step, void> | undefined;
  #phase: "opening" | "history" | "live" | "ended" = "opening";
  #failure: EventQLError | undefined;
  /** How long there had been no room when a reading was given up, in ms. */
  #stalledMs = 0;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#cursor = options.from;
    this.#heldBack = new HoldBack(options.maxHeldBack);
  }

  /** Where it may be gone on from. */
  get cursor(): Cursor {
    if (this.#phase !== "live") return this.#cursor;
    return { ...this.#cursor, position: later(this.#cursor.position, this.#options.settled()) };
  }

  /** Takes the first step of history, so that what can't be read fails here. Nothing is delivered. */
  async open(): Promise<void> {
    try {
      if (this.#options.hasHistory && this.#phase === "opening") {
        this.#steps = this.#options.read(this.#cursor, this.#ending.signal, this.#options.startMs);
        this.#first = await this.#steps.next();
      }
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      const why = this.#failure ?? error;
      this.close();
      await this.#steps?.return();
      throw why;
    }
  }

  /** {@link goOn} for the first time: when who subscribed knows that it did. Never rejects. */
  async run(): Promise<void> {
    // All is to be read yet where it wasn't opened.
    if (this.#options.hasHistory && this.#steps === undefined) this.#heldBack.discard();
    await nextTurn();
    if (this.#failure !== undefined) this.#tellEnd(this.#failure);
    if (this.#phase === "opening") this.#phase = "history";
    await this.goOn();
  }

  /** Delivers what was and what is held back, as there is room; then it is live. Never rejects. */
  async goOn(): Promise<void> {
    const [steps, first] = [this.#steps, this.#first];
    this.#steps = undefined;
    this.#first = undefined;
    try {
      if (steps !== undefined) await this.#takeAll(steps, first);
      await this.#catchUp();
    } catch (error) {
      this.end(readingFailed(error, this.#cursor.collection, formatCursor(this.#cursor)));
    }
  }

  receive(item: Item): void {
    if (this.#phase !== "live") {
      if (this.#phase !== "ended") this.#heldBack.add(item);
      return;
    }
    if (item.after.position <= this.#cursor.position) return;
    if (this.#options.sink.hasRoom()) this.#deliver(item);
    else this.#fallBehind(item);
  }

  /** Ends it and says why; before it runs that is kept until then. */
  end(error: EventQLError): void {
    if (this.#phase === "ended") return;
    const isRunning = this.#phase !== "opening";
    this.close();
    if (isRunning) this.#tellEnd(error);
    else this.#failure = error;
  }

  /** Ends it without a word. */
  close(): void {
    this.#failure = undefined;
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    this.#heldBack.clear();
    this.#ending.abort();
    this.#options.onEnd();
  }

  async #takeAll(steps: Steps, first?: IteratorResult<Step, void>): Promise<void> {
    let result = first ?? (await steps.next());
    const { sink } = this.#options;
    const patience = new Patience(this.#options);
    try {
      for (let count = 1; result.done !== true && this.#isInHistory(); count++) {
        const { cursor, item } = result.value;
        if (item === undefined) this.#cursor = cursor;
        else if (!sink.hasRoom() && !(await patience.wait(sink, this.#ending.signal)))
          return this.#giveWay(patience.waitedMs);
        else if (this.#isInHistory()) this.#deliver(item);
        if (count % STEPS_PER_TURN === 0) await nextTurn();
        result = await steps.next();
      }
    } finally {
      await steps.return();
    }
  }

  /** What is held can't come before the rest of the reading: all is read again when there is room. */
  #giveWay(stalledMs: number): void {
    this.#stalledMs = stalledMs;
    this.#heldBack.discard();
  }

  /** Delivers what was held back until nothing is left; from that moment on it is live. */
  async #catchUp(): Promise<void> {
    while (this.#isInHistory()) {
      if (this.#heldBack.hasOverflowed) await this.#readAgain();
      const items = this.#heldBack.take();
      if (items.length === 0 && !this.#heldBack.hasOverflowed) {
        if (this.#isInHistory()) this.#phase = "live";
        // From here on it may fall behind anew at any time, which is another's work.
        return;
      }
      await this.#takeHeldBack(items);
    }
  }

  async #takeHeldBack(items: readonly Item[]): Promise<void> {
    for (const [i, item] of items.entries()) {
      if (!this.#isInHistory()) return;
      if (item.after.position > this.#cursor.position) await this.#deliverInTime(item);
      if ((i + 1) % STEPS_PER_TURN === 0) await nextTurn();
    }
  }

  /** Many changes at once fill any buffer: they are held, or read again, while the sink makes room. */
  #fallBehind(item: Item): void {
    this.#cursor = this.cursor;
    this.#phase = "history";
    this.#heldBack.add(item);
    this.#options.onBehind();
  }

  /** What comes from now on is held again, and the reading goes on to a point after now: nothing falls between. */
  async #readAgain(): Promise<void> {
    // Who has no room must not keep others from reading.
    await this.#waitForRoom();
    if (!this.#isInHistory()) return;
    this.#heldBack.clear();
    await this.#takeAll(this.#options.read(this.#cursor, this.#ending.signal));
  }

  async #deliverInTime(item: Item): Promise<void> {
    await this.#waitForRoom();
    if (this.#isInHistory()) this.#deliver(item);
  }

  /** Ends it where there is none in time. */
  async #waitForRoom(): Promise<void> {
    const { sink, stallMs } = this.#options;
    const ms = stallMs - this.#stalledMs;
    this.#stalledMs = 0;
    if (!sink.hasRoom() && !(await waitForRoom(sink, ms, this.#ending.signal))) this.#endTooSlow();
  }

  #deliver(item: Item): void {
    this.#cursor = item.after;
    try {
      this.#options.sink.next(item);
    } catch (error) {
      this.#options.logger.error({ error: messageOf(error) }, "A change could not be delivered.");
      this.end(new EventQLError("INTERNAL", "A change could not be delivered.", { cause: error }));
    }
  }

  #endTooSlow(): void {
    const { cursor } = this;
    this.end(tooSlow(cursor.collection, formatCursor(cursor)));
  }

  #tellEnd(error: EventQLError): void {
    try {
      this.#options.sink.end(error);
    } catch (cause) {
      this.#options.logger.error({ error: messageOf(cause) }, "A subscriber could not be told of its end.");
    }
  }

  /** Asked anew after each wait: it may have ended meanwhile. */
  #isInHistory(): boolean {
    return this.#phase === "history";
  }
}
