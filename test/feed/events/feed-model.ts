import fc from "fast-check";
import { vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { EventFeed, EventItem, EventRequest } from "../../../src/feed/event-feed.ts";
import type { Feed } from "../../../src/feed/feed.ts";
import { nextTurn } from "../../../src/feed/events/turns.ts";
import { positionId } from "../../../src/model/position.ts";
import { eventBytes } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** What may happen. Numbers that choose are taken modulo what there is to choose from. */
export type Step =
  | { readonly kind: "append"; readonly keys: readonly string[]; readonly awaited: boolean }
  | { readonly kind: "join"; readonly ids: readonly string[] | undefined; readonly types: readonly string[] }
  | { readonly kind: "leave"; readonly who: number }
  /** Another subscriber goes on from a cursor that one had: `at` chooses which. */
  | { readonly kind: "resume"; readonly who: number; readonly at: number; readonly awaited: boolean }
  | { readonly kind: "room"; readonly who: number; readonly room: number }
  /** Time passes: so many turns of the event loop. */
  | { readonly kind: "turns"; readonly count: number };

const number = fc.nat(100_000);

const append = fc.record({
  kind: fc.constant("append" as const),
  keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 60, size: "max" }),
  awaited: fc.boolean(),
});
const join = fc.record({
  kind: fc.constant("join" as const),
  ids: fc.option(fc.subarray(KEYS, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  types: fc.subarray(["Added", "Removed"], { minLength: 1 }),
});
const leave = fc.record({ kind: fc.constant("leave" as const), who: number });
const resume = fc.record({ kind: fc.constant("resume" as const), who: number, at: number, awaited: fc.boolean() });
const room = fc.record({
  kind: fc.constant("room" as const),
  who: number,
  room: fc.constantFrom(0, 1, 3, 10, 1_000_000),
});
const turns = fc.record({ kind: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 15 }) });

/** Any sequence of steps. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: append },
    { weight: 2, arbitrary: join },
    { weight: 1, arbitrary: leave },
    { weight: 5, arbitrary: resume },
    { weight: 3, arbitrary: room },
    { weight: 3, arbitrary: turns },
  ),
  { minLength: 20, maxLength: 60, size: "max" },
);

/** A subscriber, and what those had whose cursors it began with. */
interface Session {
  readonly request: EventRequest;
  readonly had: readonly EventItem[];
  /** The log's end when the first of them had subscribed. */
  readonly from: readonly number[];
  readonly sink: TestSink;
  feed: Feed | undefined;
}

/** Runs steps on a feed, and checks what its subscribers get against what the log has. */
export class FeedModel {
  readonly #log: EventLog;
  readonly #feed: EventFeed;
  readonly #topic: string;
  readonly #sessions: Session[] = [];
  readonly #pending: Promise<unknown>[] = [];
  /** What was appended: the key and type of each position. */
  readonly #written = new Map<
    string,
    { readonly partition: number; readonly offset: number; readonly key: string; readonly type: string }
  >();
  #count = 0;

  constructor(log: EventLog, feed: EventFeed, topic: string) {
    this.#log = log;
    this.#feed = feed;
    this.#topic = topic;
  }

  /** Takes the steps, lets everybody catch up, and returns what went wrong: nothing. */
  async run(all: readonly Step[]): Promise<string[]> {
    await this.#join(undefined, ["Added", "Removed"]);
    await this.#settle(Promise.all(KEYS.flatMap((key) => Array.from({ length: 10 }, () => this.#append(key)))), true);
    for (const step of all) await this.#take(step);
    await Promise.all(this.#pending);
    return await this.#finish();
  }

  async #take(step: Step): Promise<void> {
    switch (step.kind) {
      case "append":
        return await this.#settle(Promise.all(step.keys.map((key) => this.#append(key))), step.awaited);
      case "join":
        return await this.#join(step.ids, step.types);
      case "leave":
        return this.#leave(this.#choose(step.who));
      case "resume":
        return await this.#settle(this.#resume(this.#choose(step.who), step.at), step.awaited);
      case "room":
        return this.#choose(step.who)?.sink.give(step.room);
      case "turns":
        for (let turn = 0; turn < step.count; turn += 1) await nextTurn();
    }
  }

  async #settle(done: Promise<unknown>, awaited: boolean): Promise<void> {
    this.#pending.push(done);
    if (awaited) await done;
  }

  async #append(key: string): Promise<void> {
    this.#count += 1;
    const type = ["Added", "Removed", "Stranger", "-"][this.#count % 4] ?? "Added";
    const value = type === "-" ? null : eventBytes(type, String(this.#count));
    const position = await this.#log.append({ topic: this.#topic, key, value, headers: {} });
    this.#written.set(positionId(position), { ...position, key, type });
  }

  async #join(ids: readonly string[] | undefined, types: readonly string[]): Promise<void> {
    const request = {
      topic: this.#topic,
      eventTypes: new Set(types),
      tombstones: types.length > 1,
      ids: ids && new Set(ids),
      after: undefined,
    };
    const sink = new TestSink();
    const feed = await this.#feed.subscribe(request, sink);
    const from = (await this.#log.offsets(this.#topic)).map(({ high }) => high);
    this.#sessions.push({ request, had: [], from, sink, feed });
  }

  #leave(session: Session | undefined): void {
    session?.feed?.close();
    if (session !== undefined) session.feed = undefined;
  }

  /** Goes on from one of the cursors that a session has: of its items, or of its end. */
  async #resume(parent: Session | undefined, at: number): Promise<void> {
    if (parent === undefined) return;
    const items = [...parent.sink.items];
    const end = parent.sink.ended?.details["cursor"];
    const choice = at % (items.length + (end === undefined ? 0 : 1));
    const cursor = choice < items.length ? items[choice]?.cursor : end;
    if (typeof cursor !== "string") return;
    const sink = new TestSink(at % 3 === 0 ? 2 : 1_000_000);
    const had = [...parent.had, ...items.slice(0, choice + 1)];
    const request = { ...parent.request, after: cursor };
    const session: Session = { request, had, from: parent.from, sink, feed: undefined };
    this.#sessions.push(session);
    session.feed = await this.#feed.subscribe(request, sink);
  }

  #choose(who: number): Session | undefined {
    return this.#sessions[who % Math.max(1, this.#sessions.length)];
  }

  async #finish(): Promise<string[]> {
    for (const { sink } of this.#sessions) sink.give();
    const wrong = await this.#succeedTheEnded();
    await Promise.all(KEYS.flatMap((key) => Array.from({ length: 4 }, () => this.#append(key))));
    for (const session of this.#sessions) {
      const lacks = (): string[] => missing(this.#wanted(session), session);
      const isRunning = (): boolean => session.feed !== undefined && session.sink.ended === undefined;
      const settled = (): boolean => !isRunning() || lacks().length === 0;
      await vi.waitUntil(settled, { timeout: 15_000, interval: 10 }).catch(() => {});
      if (!settled()) wrong.push(`never came: ${lacks().join(" ")}`);
      wrong.push(...flaws(this.#wanted(session), session));
    }
    return wrong;
  }

  /** Goes on for those that ended because they were too slow: with what they had, that makes the whole. */
  async #succeedTheEnded(): Promise<string[]> {
    const wrong: string[] = [];
    for (const parent of this.#sessions.slice()) {
      if (parent.sink.ended === undefined) continue;
      if (parent.sink.ended.code !== "SUBSCRIBER_TOO_SLOW") wrong.push(`ended: ${parent.sink.ended.message}`);
      await this.#resume(parent, parent.sink.items.length);
      this.#sessions.at(-1)?.sink.give();
    }
    return wrong;
  }

  /** What a session's log has for it, in the order of each partition. */
  #wanted({ request: { ids, eventTypes, tombstones } }: Session): { partition: number; offset: number }[] {
    return [...this.#written.values()]
      .filter(
        ({ key, type }) => (ids?.has(key) ?? true) && (type === "-" ? tombstones : (eventTypes?.has(type) ?? true)),
      )
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }
}

type Place = { readonly partition: number; readonly offset: number };

const idOf = ({ partition, offset }: Place): string => `${partition}/${offset}`;

/** What a session should have had and hasn't, beginning with the first subscription that it goes on from. */
function missing(wanted: readonly Place[], { had, from, sink }: Session): string[] {
  const taken = new Set([...had, ...sink.items].map(({ record }) => idOf(record)));
  return wanted.filter((place) => place.offset >= (from[place.partition] ?? 0) && !taken.has(idOf(place))).map(idOf);
}

/** What is wrong with what a session had: an item too many, twice, out of order, or a gap between two. */
function flaws(wanted: readonly Place[], { had, sink }: Session): string[] {
  const all = [...had, ...sink.items].map(({ record }) => record);
  const wrong = [...sink.breaches];
  if (new Set(all.map(idOf)).size < all.length) wrong.push(`twice: ${all.map(idOf).join(" ")}`);
  for (const partition of new Set(all.map((record) => record.partition))) {
    const offsets = all.filter((record) => record.partition === partition).map(({ offset }) => offset);
    const due = wanted.filter((place) => place.partition === partition && place.offset >= (offsets[0] ?? 0));
    const expected = due.slice(0, offsets.length).map(({ offset }) => offset);
    if (offsets.join(" ") !== expected.join(" "))
      wrong.push(`partition ${partition}: ${offsets.join(" ")} where ${expected.join(" ")} was due`);
  }
  return wrong;
}
