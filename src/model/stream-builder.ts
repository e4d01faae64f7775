import type { NewMessage, TypedMessage } from "./decider.ts";
import type { StreamEventOf, TypedProjection } from "./define-projection.ts";
import type { EmittedEvent, Retry } from "./projection.ts";
import {
  type ProcessEnd,
  type ProcessRules,
  type ReduceRules,
  type ValidateEnd,
  type ValidateRules,
  processInto,
  reduceInto,
  validateInto,
} from "./stateful.ts";
import { sourceOf } from "./stateful-steps.ts";
import {
  type BatchOptions,
  type FunctionOptions,
  type StreamOptions,
  type StreamParts,
  checkedStep,
  endInFunction,
  endInTopics,
  invalid,
  retryOf,
  scopedSteps,
} from "./stream-ends.ts";
import type { Stream, StreamStep } from "./stream.ts";
import type { Payload } from "./value.ts";

/** The message that an event of a stream is. */
export type MessageOf<Event> = Event extends { readonly type: infer Type extends string; readonly payload: infer Said }
  ? Said extends object
    ? { readonly type: Type; readonly payload: Said }
    : never
  : never;

/** An event that a step makes. Without `key` it has the key of what it is made from. */
export type MadeEvent = TypedMessage & { readonly key?: string };

/** Events of which no types are known. */
export interface AnyMessage {
  readonly type: string;
  readonly payload: Payload;
}

/** A stream whose events a topic takes; else what is in the way. */
type Fitting<Event extends TypedMessage, Target extends TypedMessage> = [Event] extends [NewMessage<Target>]
  ? EventStream<Event>
  : { readonly "these events don't fit the topic's": readonly [Event, NewMessage<Target>] };

/**
 * A stream in the making: `stream<OrderEvent>("orders").filter(…).to("big-orders")`. Each step gives another one, and leaves
 * this one as it is. Functions of steps are pure, except those of `call`, `forEach` and `forEachBatch`.
 */
export class EventStream<Event extends TypedMessage> {
  /** Where it begins, and its steps so far. */
  readonly parts: StreamParts;
  /** For TypeScript alone: it is never there. */
  declare readonly events?: Event;

  constructor(parts: StreamParts) {
    this.parts = parts;
  }

  /** Keeps the events that the test holds for, bytes, key and headers as they are. A type guard narrows their types. */
  filter<Kept extends StreamEventOf<Event>>(
    test: (event: StreamEventOf<Event>) => event is Kept,
  ): EventStream<MessageOf<Kept>>;
  filter(test: (event: StreamEventOf<Event>) => boolean): EventStream<Event>;
  filter(test: (event: never) => boolean): EventStream<TypedMessage> {
    return this.#with({ kind: "filter", test });
  }

  /** Makes a new event of each, or none by undefined. */
  map<const Made extends MadeEvent>(
    make: (event: StreamEventOf<Event>) => Made | undefined,
  ): EventStream<MessageOf<Made>>;
  map(map: (event: never) => EmittedEvent | undefined): EventStream<TypedMessage> {
    return this.#with({ kind: "map", map });
  }

  /** Makes any number of new events of each, written in their order. */
  flatMap<const Made extends MadeEvent>(
    make: (event: StreamEventOf<Event>) => readonly Made[],
  ): EventStream<MessageOf<Made>>;
  flatMap(map: (event: never) => readonly EmittedEvent[]): EventStream<TypedMessage> {
    return this.#with({ kind: "map", map });
  }

  /** The same events under other keys: one, several, or none; bytes and headers as they are. */
  rekey(keyOf: (event: StreamEventOf<Event>) => string | readonly string[] | undefined): EventStream<Event>;
  rekey(keysOf: (event: never) => string | readonly string[] | undefined): EventStream<TypedMessage> {
    return this.#with({ kind: "key", keysOf });
  }

  /**
   * Asks an outside party about each event, at least once: `event.id` tells a repetition. What it says are new events;
   * undefined keeps the event. Events of a key are asked about one after another. It is to end when the signal is aborted.
   */
  call(
    ask: (event: StreamEventOf<Event>, signal: AbortSignal) => Promise<void>,
    retry?: Partial<Retry>,
  ): EventStream<Event>;
  call<const Made extends MadeEvent>(
    ask: (event: StreamEventOf<Event>, signal: AbortSignal) => Promise<Made | readonly Made[]>,
    retry?: Partial<Retry>,
  ): EventStream<MessageOf<Made>>;
  call<const Made extends MadeEvent>(
    ask: (event: StreamEventOf<Event>, signal: AbortSignal) => Promise<Made | readonly Made[] | undefined>,
    retry?: Partial<Retry>,
  ): EventStream<Event | MessageOf<Made>>;
  call(
    call: (event: never, signal: AbortSignal) => Promise<EmittedEvent | readonly EmittedEvent[] | undefined | void>,
    retry: Partial<Retry> = {},
  ): EventStream<TypedMessage> {
    return this.#with({ kind: "call", call, retry: retryOf(retry) });
  }

  /** Writes the events to a topic. With a type, they must be messages of it: `.to<BigOrderEvent>("big-orders")`. */
  to<Target extends TypedMessage = Event>(this: Fitting<Event, Target>, topic: string, options?: StreamOptions): Stream;
  to(topic: string, options: StreamOptions = {}): Stream {
    return endInTopics(this.parts, [{ topic }], options);
  }

  /**
   * Writes records to a topic as they are, tombstones too: bytes, keys and headers.
   * @throws EventQLError `CONFIG_INVALID` where a step has changed them.
   */
  mirror(topic: string, options: StreamOptions = {}): Stream {
    if (this.parts.steps.some(({ kind }) => kind !== "filter"))
      throw invalid(`topic ${topic} can't mirror what steps have changed: use .to(…)`);
    return endInTopics(this.parts, [{ topic }], { tombstones: "pass", ...options });
  }

  /** Writes each event to the first of the topics whose test holds; where none does, nowhere. */
  branch(tests: Readonly<Record<string, (event: StreamEventOf<Event>) => boolean>>, options?: StreamOptions): Stream;
  branch(tests: Readonly<Record<string, (event: never) => boolean>>, options: StreamOptions = {}): Stream {
    const branches = Object.entries(tests).map(([topic, test]) => ({ topic, test }));
    return endInTopics(this.parts, branches, options);
  }

  /**
   * Calls a function for each event, at least once: `event.id` tells a repetition. Events of a key come one after another.
   * It is to end when the signal is aborted.
   */
  forEach(
    run: (event: StreamEventOf<Event>, signal: AbortSignal) => Promise<void> | void,
    options: FunctionOptions,
  ): Stream;
  forEach(run: (event: never, signal: AbortSignal) => Promise<void> | void, options: FunctionOptions): Stream {
    return endInFunction(this.parts, { kind: "each", run, retry: retryOf(options) }, options);
  }

  /** Calls a function for several events of a partition at once, in their order, at least once each. */
  forEachBatch(
    run: (events: readonly StreamEventOf<Event>[], signal: AbortSignal) => Promise<void> | void,
    options: BatchOptions,
  ): Stream;
  forEachBatch(
    run: (events: readonly never[], signal: AbortSignal) => Promise<void> | void,
    options: BatchOptions,
  ): Stream {
    const { maxEvents = 500 } = options;
    return endInFunction(this.parts, { kind: "batch", run, maxEvents, retry: retryOf(options) }, options);
  }

  /**
   * Folds the events of each key into a state: a table, to be read like an aggregate. Steps before it decide which events
   * count, and under which keys.
   */
  reduce<Document extends object>(rules: ReduceRules<Document, Event>): TypedProjection<Document, Event> {
    return reduceInto(sourceOf(this.parts), rules);
  }

  /** As {@link reduce}. */
  aggregate<Document extends object>(rules: ReduceRules<Document, Event>): TypedProjection<Document, Event> {
    return this.reduce(rules);
  }

  /** Folds the events of each key into a state, and writes events that follow: `.process({ … }).to("topic")`. */
  process<Document extends object, Out extends TypedMessage>(
    rules: ProcessRules<Document, Event, Out>,
  ): ProcessEnd<Document, Event, Out> {
    return processInto(sourceOf(this.parts), rules);
  }

  /** Tells valid events from others by a state: `.validate({ … }).to("valid", { rejected: "invalid" })`. */
  validate<Document extends object>(rules: ValidateRules<Document, Event>): ValidateEnd<Document, Event> {
    return validateInto(sourceOf(this.parts), rules);
  }

  #with(step: StreamStep): EventStream<TypedMessage> {
    const { from, steps } = this.parts;
    return new EventStream({ from, steps: [...steps, checkedStep(step)] });
  }
}

/** Begins a stream in topics, for `streams` of `eventql.config.ts`: `stream<OrderEvent>("orders")`. */
export function stream<Event extends TypedMessage = AnyMessage>(
  topic: string,
  ...others: readonly string[]
): EventStream<Event> {
  return new EventStream({ from: [...new Set([topic, ...others])], steps: [] });
}

/**
 * Several streams as one, each with the steps that it has so far; no two of them from the same topic.
 * @throws EventQLError `CONFIG_INVALID`.
 */
export function merge<const Events extends readonly TypedMessage[]>(
  ...streams: { readonly [Index in keyof Events]: EventStream<Events[Index]> }
): EventStream<Events[number]> {
  const parts = streams.map((each) => each.parts);
  const from = parts.flatMap((part) => part.from);
  const twice = from.find((topic, index) => from.indexOf(topic) !== index);
  if (twice !== undefined) throw invalid(`topic ${twice} is merged with itself: merge each topic once`);
  return new EventStream({ from, steps: parts.flatMap(scopedSteps) });
}
