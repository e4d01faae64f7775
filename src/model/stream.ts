import type { EmittedEvent, KeyRule, Projection, Retry } from "./projection.ts";
import type { StreamEvent } from "./event-context.ts";

/** A step of a stream without state. Steps that keep an event pass its bytes on as they are. */
export type StreamStep = StepWork & {
  /** Only events of these topics take it, others pass it untouched; absent: all take it. */
  readonly topics?: readonly string[];
};

/** What a step does. */
export type StepWork =
  | { readonly kind: "filter"; test(event: StreamEvent): boolean }
  /** Makes new events of one: none, one, or several. */
  | { readonly kind: "map"; map(event: StreamEvent): EmittedEvent | readonly EmittedEvent[] | undefined }
  /** The same event under other keys. */
  | { readonly kind: "key"; readonly keysOf: KeyRule["keysOf"] }
  /** Asks an outside party, at least once for each event; the answer may be new events, undefined keeps the event. */
  | {
      readonly kind: "call";
      readonly retry: Retry;
      call(event: StreamEvent, signal: AbortSignal): Promise<EmittedEvent | readonly EmittedEvent[] | undefined | void>;
    };

/** Where a stream without state ends. */
export type StreamSink =
  /** Each event goes to the topic of the first branch whose test holds; where none does, nowhere. */
  | {
      readonly kind: "topics";
      readonly branches: readonly { readonly topic: string; test?(event: StreamEvent): boolean }[];
    }
  /** A user's own function, called at least once for each event, a key's events one after another. */
  | { readonly kind: "each"; readonly retry: Retry; run(event: StreamEvent, signal: AbortSignal): Promise<void> | void }
  /** The same, for several events of a partition at once, in their order. */
  | {
      readonly kind: "batch";
      readonly retry: Retry;
      readonly maxEvents: number;
      run(events: readonly StreamEvent[], signal: AbortSignal): Promise<void> | void;
    };

/** A stream without state: from topics, through steps, to topics or a function. `stream(…)` makes one. */
export interface Stream {
  readonly kind: "stream";
  /** Unique among aggregates, projections and streams; the consumer group is called by it. */
  readonly name: string;
  readonly from: readonly string[];
  readonly steps: readonly StreamStep[];
  readonly sink: StreamSink;
  /** Between topics: in one transaction with the position in the input, or faster, and sometimes twice. */
  readonly guarantee: "exactly-once" | "at-least-once";
  /**
   * What happens to tombstones: `pass`: they go through all steps untouched, to the first branch; `drop`. Default: they pass
   * where every step keeps events and their keys.
   */
  readonly tombstones: "pass" | "drop";
  /** How many keys of a partition outside parties are asked for at a time. Default 16. */
  readonly concurrency?: number;
  /** Topics that EventQL itself makes, and writes records as they are to: an intermediate topic's source. */
  readonly internal?: true;
}

/** What `streams` of the configuration lists: streams, and projections that streams end in. */
export type Flow = Stream | Projection;
