import { type KeyState, type ModelEvent, type Request, type TopicName, type Verdict, decide, fold } from "./decide.ts";

/** An event at its place, as the gateway told it. */
export interface PlacedEvent extends ModelEvent {
  readonly offset: number;
  readonly transaction: number | undefined;
  /** Why its transaction doesn't count any more. */
  invalid?: string;
}

/** How a command ended. */
export interface Ended {
  readonly request: Request;
  readonly verdict: Verdict;
  /** Of its events, those that were dropped included. */
  readonly offsets: readonly number[];
  readonly version: number | undefined;
  readonly transaction: number | undefined;
}

interface Key {
  readonly topic: TopicName;
  readonly key: string;
  readonly events: PlacedEvent[];
  /** The version of its document, if it has one: of the newest event, or of an invalidation behind it. */
  version: number;
}

/** All that must be so behind the commands that were sent: a few maps. */
export class CommandModel {
  readonly keys: Map<string, Key> = new Map();
  /** By their ids, in their order. */
  readonly ended: Map<string, Ended> = new Map();
  readonly transactions: number[] = [];
  readonly #invalid = new Set<number>();

  stateOf(topic: TopicName, key: string): KeyState {
    const own = this.keys.get(`${topic}/${key}`);
    const counting = (own?.events ?? []).filter(({ invalid }) => invalid === undefined);
    const document = counting.reduce<KeyState["document"]>(fold, undefined);
    return { document, version: document === undefined ? undefined : own?.version, newest: counting.at(-1) };
  }

  /** The version of a key, or what it was last. */
  lastVersionOf(topic: TopicName, key: string): number {
    return this.keys.get(`${topic}/${key}`)?.version ?? 0;
  }

  verdictOf(request: Request): Verdict {
    return decide(
      request,
      (topic, key) => this.stateOf(topic, key),
      (id) => this.transactions.includes(id) && !this.#invalid.has(id),
    );
  }

  /** Takes in what a command appended. @throws RangeError where a version doesn't grow. */
  append(topic: TopicName, event: ModelEvent, offset: number, transaction: number | undefined): void {
    const own = this.#own(topic, event.key);
    grows(event, offset, own.events.length === 0 ? -1 : own.version);
    own.events.push({ ...event, offset, transaction });
    own.version = offset;
  }

  /** The keys that a transaction has events of. */
  keysOf(transaction: number): readonly Key[] {
    return [...this.keys.values()].filter(({ events }) => events.some((event) => event.transaction === transaction));
  }

  /** A transaction is as if it had never been; `versionOf` tells what the keys' documents show, where they have one. */
  invalidate(transaction: number, reason: string, versionOf: (key: string) => number | undefined): void {
    this.#invalid.add(transaction);
    for (const own of this.keysOf(transaction)) {
      for (const event of own.events) if (event.transaction === transaction) event.invalid = reason;
      const version = versionOf(own.key);
      if (version === undefined) continue;
      grows({ key: own.key, type: "EventInvalidate", said: {} }, version, own.version);
      own.version = version;
    }
  }

  #own(topic: TopicName, key: string): Key {
    const own = this.keys.get(`${topic}/${key}`) ?? { topic, key, events: [], version: 0 };
    this.keys.set(`${topic}/${key}`, own);
    return own;
  }
}

function grows(event: ModelEvent, offset: number, before: number): void {
  if (offset > before) return;
  throw new RangeError(`${JSON.stringify(event)} has the version ${offset}, and the one before it had ${before}`);
}
