import type { NewEvent, State } from "./decider.ts";
import type { EventContext, StreamEvent } from "./event-context.ts";
import type { Payload } from "./value.ts";

/** An Avro type as JSON: `"long"`, `["null", "string"]`, `{ type: "long", logicalType: "timestamp-millis" }`. */
export type AvroType = string | readonly AvroType[] | { readonly [attribute: string]: unknown };

/** An event that a rule has written to a topic. */
export interface EmittedEvent<Type extends string = string, Said = Payload> extends NewEvent<Type, Said> {
  /** Default: the key of what it was made from. */
  readonly key?: string;
}

/** What a rule leads to that writes events too: the state behind the event, and what is to be written. */
export class Transition {
  /** Undefined: the document is deleted. */
  readonly state: State | undefined;
  readonly events: readonly EmittedEvent[];
  /** Whether the document, or its absence, stays as it was, whatever `state` is. */
  readonly keeps: boolean;

  constructor(state: State | undefined, events: readonly EmittedEvent[], keeps = false) {
    this.state = state;
    this.events = events;
    this.keeps = keeps;
  }
}

/** Folds an event into the state before it, or into the initial one; undefined: the document is deleted. */
export interface ProjectionRule {
  step(state: State, payload: Payload, context: EventContext): State | Transition | undefined;
}

/** Tells under which keys an event counts: one, several, or none (undefined: it doesn't count). */
export interface KeyRule {
  keysOf(event: StreamEvent): string | readonly string[] | undefined;
}

/** Where a projection that writes events has them go: the topic of the first test that holds; none: they are dropped. */
export interface Branch {
  readonly topic: string;
  /** Absent: holds always. */
  readonly test?: (event: EmittedEvent) => boolean;
}

/** How what fails is tried again before its event becomes a dead letter. Times in ms. */
export interface Retry {
  /** Attempts after the first one. */
  readonly retries: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Whether each delay is drawn at random up to what it would be. */
  readonly jitter: boolean;
}

/**
 * A read model of its own, as the catalog, the projector and dataflow use it: documents with columns, folded by rules from
 * the events of one topic or several. `projection()`, `windows()` and the stateful ends of streams make one.
 */
export interface Projection {
  readonly kind: "projection";
  /** The GraphQL type, in PascalCase; unique among aggregates, projections and streams. */
  readonly name: string;
  /** The list's field, and the collection; absent: the name's plural. */
  readonly plural?: string;
  readonly doc?: string;
  /** The topics whose events it folds, at least one. */
  readonly from: readonly string[];
  /**
   * Under which keys an event counts. Absent: its own. Where there is one, or several topics, or another number of
   * partitions, events go through an intermediate topic that is keyed so: a document has one source partition.
   */
  readonly key?: KeyRule["keysOf"];
  /** Partitions of the intermediate topic; absent: as many as the source with the most has. */
  readonly partitions?: number;
  /** The columns of the documents, by their names, as Avro types. */
  readonly columns: Readonly<Record<string, AvroType>>;
  /** Those of the columns that the API never shows. */
  readonly hidden: readonly string[];
  /** As `indexes` of the configuration has it for an aggregate. */
  readonly indexes: readonly (string | readonly (string | Readonly<Record<string, "ASC" | "DESC">>)[])[];
  /** Whether subscribers are told what a document was before a change. */
  readonly previous: boolean;
  /** What the first event of a key is folded into. */
  readonly initial: State;
  /** By the names of event types; types that have no rule change nothing. */
  readonly evolve: Readonly<Record<string, ProjectionRule["step"]>>;
  /** Folds events of the types that have no rule in `evolve`. Absent: they change nothing. */
  readonly otherwise?: (state: State, event: StreamEvent) => State | Transition | undefined;
  /** What a tombstone of a source does. Default: it deletes where there is one topic and events keep their keys. */
  readonly tombstones: "delete" | "ignore";
  /** To be raised when rules change in what their text doesn't show. */
  readonly version: number;
  /** What the rules' own text doesn't show of them: settings, functions that they call. A part of the definition. */
  readonly madeOf?: string;
  /** The same of `key` alone: what decides under which keys events count. Default: `madeOf`. */
  readonly keyMadeOf?: string;
  /** How many events are stored at once: as many as there are, or one. */
  readonly commit: "batch" | "event";
  /** Where events go that rules emit; absent: rules emit none. */
  readonly emits?: readonly Branch[];
  /** Fields that are taken of events by their names: each is there in one of the sources' event types at least. */
  readonly fields?: readonly string[];
  /** Whether rules write no others than those that they are given. */
  readonly passes?: true;
}
