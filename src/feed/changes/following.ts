import { type Columns, type Whereabouts, isHidden } from "../change-feed.ts";
import { type Cursor, formatCursor, resetCursor } from "./cursor.ts";
import { columnsChanged } from "./errors.ts";
import type { Subscriber } from "./subscriber.ts";

/** What one is followed for. */
export interface FollowingOptions {
  readonly aggregate: string;
  readonly columns: Columns;
  /** Makes the subscriber of a collection; `onEnd` is called once, however it ends. */
  readonly subscriberOf: (from: Cursor, hasHistory: boolean, onEnd: () => void) => Subscriber;
  /** Runs it in the background. */
  readonly run: (subscriber: Subscriber) => void;
  /** What a subscriber that begins now is told all after. */
  readonly told: () => string;
  /** Called once, when it ends, however it does. */
  readonly onEnd: () => void;
}

/**
 * One who follows an aggregate's documents wherever they are: by a subscriber of the collection that they are in, and,
 * when they moved, by another, which begins with a reset.
 */
export class Following {
  readonly #options: FollowingOptions;
  #collection: string;
  #subscriber: Subscriber;
  #isOpen = false;
  /** Where they have moved while it was opened. */
  #next: Whereabouts | undefined;

  constructor(options: FollowingOptions, from: Cursor, hasHistory: boolean) {
    this.#options = options;
    this.#collection = from.collection;
    this.#subscriber = this.#make(from, hasHistory);
  }

  /** The one of now. */
  get subscriber(): Subscriber {
    return this.#subscriber;
  }

  /** @throws EventQLError what it can't begin for. */
  async open(): Promise<void> {
    await this.#subscriber.open();
    this.#isOpen = true;
    this.#options.run(this.#subscriber);
    if (this.#next !== undefined) this.moveTo(this.#next);
  }

  /** The documents are there from now on. */
  moveTo(place: Whereabouts): void {
    if (!this.#isOpen) this.#next = place;
    else if (place.collection !== this.#collection) this.#move(place);
  }

  /** Ends it without a word. */
  close(): void {
    this.#subscriber.close();
  }

  #move(place: Whereabouts): void {
    const { aggregate, columns, run, told } = this.#options;
    const lost = lostColumn(columns, place.columns);
    const before = this.#subscriber;
    if (lost !== undefined) {
      before.end(columnsChanged(aggregate, lost, formatCursor(before.cursor)));
      return;
    }
    this.#collection = place.collection;
    this.#subscriber = this.#make(resetCursor({ aggregate, collection: place.collection }, told()), true);
    before.close();
    run(this.#subscriber);
  }

  #make(from: Cursor, hasHistory: boolean): Subscriber {
    const { subscriberOf, onEnd } = this.#options;
    const made = subscriberOf(from, hasHistory, () => {
      if (this.#subscriber === made) onEnd();
    });
    return made;
  }
}

/** What one counts on and isn't there any more as it was, in words: a column; undefined: there is nothing. */
export function lostColumn(asked: Columns, now: Columns): string | undefined {
  const [name, type] = [...asked].find(([column, text]) => now.get(column) !== text) ?? [];
  if (name === undefined || type === undefined) return undefined;
  return isHidden(type) ? "what nobody is shown" : `'${name}'`;
}
