import { EventQLError } from "../errors.ts";
import type { Retry } from "./projection.ts";
import type { Stream, StreamSink, StreamStep } from "./stream.ts";

/** Where a stream begins, and what it has done so far. */
export interface StreamParts {
  readonly from: readonly string[];
  readonly steps: readonly StreamStep[];
}

/** How a stream between topics runs. */
export interface StreamOptions {
  /** Default: the topic that it writes to, or the topics with `+` between them. The consumer group is called by it. */
  readonly name?: string;
  /**
   * `exactly-once`, the default: what is written and how far was read are stored in one transaction. `at-least-once`: faster,
   * and after a failure some events are written again, with the ids that they had.
   */
  readonly guarantee?: Stream["guarantee"];
  /**
   * `pass`: tombstones go to the first topic, untouched by all steps; `drop`: they end here. Default: they pass where each
   * step keeps events and their keys.
   */
  readonly tombstones?: Stream["tombstones"];
  /** How many keys of a partition outside parties are asked for at a time. Default 16. */
  readonly concurrency?: number;
}

/** How a stream runs that ends in a function. */
export interface FunctionOptions extends Partial<Retry> {
  /** What it is called: the consumer group is, too. */
  readonly name: string;
  /** `pass`: the function is told of tombstones as events of type `eventql.tombstone` that say nothing. Default: `drop`. */
  readonly tombstones?: Stream["tombstones"];
  /** How many keys of a partition the function is called for at a time. Default 16. */
  readonly concurrency?: number;
}

/** How a stream runs that ends in a function of several events. */
export interface BatchOptions extends Omit<FunctionOptions, "concurrency"> {
  /** The most events of a call. Default 500. */
  readonly maxEvents?: number;
}

/** Ten attempts more, the last ones half a minute apart: a minute and a half at the most. */
const DEFAULT_RETRY: Retry = { retries: 10, minDelayMs: 100, maxDelayMs: 30_000, jitter: true };

/** How what fails is tried again, where some of it isn't said. @throws EventQLError `CONFIG_INVALID`. */
export function retryOf({ retries, minDelayMs, maxDelayMs, jitter }: Partial<Retry>): Retry {
  const retry = {
    retries: retries ?? DEFAULT_RETRY.retries,
    minDelayMs: minDelayMs ?? DEFAULT_RETRY.minDelayMs,
    maxDelayMs: maxDelayMs ?? Math.max(DEFAULT_RETRY.maxDelayMs, minDelayMs ?? 0),
    jitter: jitter ?? DEFAULT_RETRY.jitter,
  };
  if (!Number.isInteger(retry.retries) || retry.retries < 0)
    throw invalid(`retries is ${retry.retries}: give a whole number from 0 on`);
  if (!(retry.minDelayMs >= 0) || !(retry.maxDelayMs >= retry.minDelayMs))
    throw invalid(`minDelayMs is ${retry.minDelayMs} and maxDelayMs ${retry.maxDelayMs}: give ms, the latter not less`);
  return retry;
}

/** Ends a stream in topics. @throws EventQLError `CONFIG_INVALID`. */
export function endInTopics(
  { from, steps }: StreamParts,
  branches: Extract<StreamSink, { readonly kind: "topics" }>["branches"],
  options: StreamOptions,
): Stream {
  const topics = branches.map(({ topic }) => topic);
  if (topics.length === 0 || topics.includes("")) throw invalid("a stream ends in no topic: name one");
  const { name = topics.join("+"), guarantee = "exactly-once" } = options;
  const keeps = steps.every(({ kind }) => kind === "filter");
  const { tombstones = keeps ? "pass" : "drop" } = options;
  return ended(
    { kind: "stream", name, from, steps, sink: { kind: "topics", branches }, guarantee, tombstones },
    options,
  );
}

/** Ends a stream in a function. @throws EventQLError `CONFIG_INVALID`. */
export function endInFunction(
  { from, steps }: StreamParts,
  sink: Exclude<StreamSink, { readonly kind: "topics" }>,
  options: Omit<FunctionOptions, keyof Retry>,
): Stream {
  const { name, tombstones = "drop" } = options;
  const ends = sink.kind === "each" ? "forEach" : "forEachBatch";
  if (typeof name !== "string") throw invalid(`${ends} has no name: give it one, { name: "receipts" }`);
  if (typeof sink.run !== "function") throw invalid(`${ends} of stream ${name} has no function: write (event) => …`);
  if (sink.kind === "batch" && (!Number.isInteger(sink.maxEvents) || sink.maxEvents < 1))
    throw invalid(`maxEvents of stream ${name} is ${sink.maxEvents}: give a whole number from 1 on`);
  return ended({ kind: "stream", name, from, steps, sink, guarantee: "at-least-once", tombstones }, options);
}

/** A step, once what the types hold is checked for those who write without them. @throws EventQLError `CONFIG_INVALID`. */
export function checkedStep(step: StreamStep): StreamStep {
  const [called, isThere] = functionOf(step);
  if (!isThere) throw invalid(`a step ${called} has no function: write (event) => …`);
  return step;
}

function functionOf(step: StreamStep): readonly [called: string, isThere: boolean] {
  switch (step.kind) {
    case "filter":
      return ["filter", typeof step.test === "function"];
    case "map":
      return ["map or flatMap", typeof step.map === "function"];
    case "key":
      return ["rekey", typeof step.keysOf === "function"];
    case "call":
      return ["call", typeof step.call === "function"];
  }
}

/** Only events of the stream's own topics take its steps, once it is one of several. */
export function scopedSteps({ from, steps }: StreamParts): readonly StreamStep[] {
  return steps.map((step) => ({ ...step, topics: step.topics ?? from }));
}

/** A configuration that can't be meant. */
export function invalid(what: string): EventQLError {
  return new EventQLError("CONFIG_INVALID", `streams: ${what}.`);
}

/** What Kafka allows in the name of a group and in a topic's, and what stands between topics. */
const NAME = /^[\w.+-]{1,200}$/;

function ended(stream: Stream, { concurrency }: Pick<StreamOptions, "concurrency">): Stream {
  const { name, from } = stream;
  if (!NAME.test(name)) throw invalid(`the name "${name}" has other characters than letters, digits, ., _, + and -`);
  if (from.length === 0 || from.includes("")) throw invalid(`stream ${name} begins in no topic: name one`);
  if (concurrency === undefined) return stream;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw invalid(`concurrency of stream ${name} is ${concurrency}: give a whole number from 1 on`);
  return { ...stream, concurrency };
}
