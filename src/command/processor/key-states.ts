import QuickLRU from "quick-lru";
import type { DocumentFold, FoldDocument } from "../../fold/document-fold.ts";
import { Passing } from "./passing.ts";
import {
  type FindDocuments,
  type HeldState,
  type KeyState,
  type ReadPositions,
  type StateBehind,
  type TailEvent,
  behind,
  documentsOf,
} from "./stored-states.ts";

/** What the states begin with. */
export interface KeyStatesOptions {
  /** How far the projection was, by partition of events, before any document was read. */
  readonly checkpoints: ReadonlyMap<number, number>;
  /** How many keys are held ready. */
  readonly maxKeys: number;
  /** Whether there is no document at all: a key that isn't held then has none. */
  readonly empty: boolean;
}

/**
 * The states of the keys of one owner: what the read model shows, and the events beyond it. A key with events that the
 * projection hasn't passed stays; the others are held within a bound.
 */
export class KeyStates {
  readonly #checkpoints: Map<number, number>;
  readonly #maxKeys: number;
  readonly #pinned = new Map<string, HeldState>();
  readonly #idle: QuickLRU<string, HeldState>;
  readonly #tails = new Map<string, TailEvent[]>();
  readonly #passing = new Map<number, Passing>();
  /** Keys whose documents are folded anew, and the offset that the projection must pass before. */
  readonly #blocked = new Map<string, { readonly partition: number; readonly offset: number }>();
  #complete: boolean;
  /** Grows when documents that were read before it may be others by now. */
  #era = 0;

  constructor({ checkpoints, maxKeys, empty }: KeyStatesOptions) {
    this.#checkpoints = new Map(checkpoints);
    this.#maxKeys = maxKeys;
    this.#complete = empty;
    this.#idle = new QuickLRU({
      maxSize: maxKeys,
      onEviction: () => {
        this.#complete = false;
      },
    });
  }

  /** Keys that can't be let go yet. */
  get pinned(): number {
    return this.#pinned.size + this.#tails.size;
  }

  /** Whether more keys may be taken on. */
  hasRoom(): boolean {
    return this.pinned < this.#maxKeys;
  }

  /** Whether the key's document has to be folded anew before anything is decided on it. */
  isBlocked(key: string): boolean {
    return this.#blocked.has(key);
  }

  /** The states of keys, none of which is blocked. */
  async load(
    fold: DocumentFold,
    keys: Iterable<string>,
    find: FindDocuments,
    positions: ReadPositions,
  ): Promise<ReadonlyMap<string, KeyState>> {
    const states = new Map<string, KeyState>();
    const missing = new Map<string, readonly TailEvent[]>();
    for (const key of keys) {
      const held = this.#pinned.get(key) ?? this.#idle.get(key);
      if (held === undefined) missing.set(key, [...(this.#tails.get(key) ?? [])]);
      else states.set(key, held);
    }
    if (missing.size === 0) return states;
    // Before anything is awaited: the projection may pass events meanwhile, and what is found may be older.
    const documents = this.#complete ? new Map() : await this.#read(missing, find, positions);
    for (const [key, tail] of missing) states.set(key, this.#hold(key, behind(fold, documents.get(key), tail)));
    return states;
  }

  /** Takes over what was appended to a key. */
  appended(
    key: string,
    document: FoldDocument | undefined,
    at: { readonly partition: number; readonly offset: number },
  ): void {
    this.#idle.delete(key);
    this.#tails.delete(key);
    this.#pin(key, { document, broken: false, newest: at.offset }, at.partition);
  }

  /** Takes over an event of the log that this owner did not write. */
  seen(fold: DocumentFold, event: TailEvent): void {
    const { key, partition, offset, record } = event;
    const isPassed = offset < this.#next(partition);
    // What was held of it is older than what the read model has, or will have with the event.
    if (this.#idle.delete(key) || isPassed) this.#complete = false;
    if (isPassed) return;
    const held = this.#pinned.get(key);
    if (held !== undefined) {
      const { document, broken } = behind(fold, held.document, [event]);
      this.#pin(key, { document, broken: broken || held.broken || record === undefined, newest: offset }, partition);
      return;
    }
    const tail = this.#tails.get(key) ?? [];
    tail.push(event);
    this.#tails.set(key, tail);
    this.#queueOf(partition).push(key, offset);
  }

  /** Dead letters of keys were settled: their documents are others, and so is what events behind those have made of them. */
  settled(keys: ReadonlyMap<string, { readonly partition: number }>): void {
    this.#era += 1;
    for (const [key, { partition }] of keys) {
      const held = this.#pinned.get(key);
      if (held !== undefined) this.block(key, { partition, offset: held.newest });
      this.#idle.delete(key);
    }
    this.#complete = false;
  }

  /** Dead letters were settled, and it isn't known of which keys: what the projection has passed is read anew. */
  outdated(): void {
    this.#era += 1;
    this.#complete = false;
    this.#idle.clear();
    for (const [key, held] of this.#pinned) this.#pinned.set(key, { ...held, isOld: true });
  }

  /** A key's document is folded anew when the projection passes this offset. */
  block(key: string, at: { readonly partition: number; readonly offset: number }): void {
    this.#pinned.delete(key);
    this.#idle.delete(key);
    this.#tails.delete(key);
    this.#complete = false;
    if (at.offset < this.#next(at.partition)) return;
    this.#blocked.set(key, at);
  }

  /** The projection has passed everything of a partition before `next`. */
  passed(partition: number, next: number): void {
    if (next <= this.#next(partition)) return;
    this.#checkpoints.set(partition, next);
    for (const key of this.#queueOf(partition).before(next)) this.#release(key, next);
    for (const [key, at] of this.#blocked) {
      if (at.partition === partition && at.offset < next) this.#blocked.delete(key);
    }
  }

  async #read(
    missing: Map<string, readonly TailEvent[]>,
    find: FindDocuments,
    positions: ReadPositions,
  ): Promise<ReadonlyMap<string, FoldDocument>> {
    for (;;) {
      const era = this.#era;
      const documents = await documentsOf(missing, find, positions);
      if (era === this.#era) return documents;
    }
  }

  #release(key: string, next: number): void {
    const held = this.#pinned.get(key);
    if (held !== undefined && held.newest < next) {
      this.#pinned.delete(key);
      // What broke may be settled by now: it is read anew.
      if (held.broken || held.isOld === true) this.#complete = false;
      else this.#idle.set(key, held);
    }
    const tail = this.#tails.get(key);
    if (tail === undefined || (tail.at(-1)?.offset ?? 0) >= next) return;
    this.#tails.delete(key);
    // From now on the read model has the key, and nothing here does.
    this.#complete = false;
  }

  #hold(key: string, { document, broken, partition, newest }: StateBehind): KeyState {
    const held: HeldState = { document, broken, newest };
    this.#tails.delete(key);
    if (newest >= this.#next(partition)) this.#pin(key, held, partition);
    else this.#idle.set(key, held);
    return held;
  }

  #pin(key: string, held: HeldState, partition: number): void {
    const isOld = this.#pinned.get(key)?.isOld === true;
    this.#pinned.set(key, isOld ? { ...held, isOld } : held);
    this.#queueOf(partition).push(key, held.newest);
  }

  #next(partition: number): number {
    return this.#checkpoints.get(partition) ?? 0;
  }

  #queueOf(partition: number): Passing {
    const queue = this.#passing.get(partition) ?? new Passing();
    this.#passing.set(partition, queue);
    return queue;
  }
}
