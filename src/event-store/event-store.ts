import type { CommandRejection, DecidedPosition, ExpectedVersion } from "../model/command.ts";
import type { Headers } from "../model/event.ts";
import type { Position } from "../model/position.ts";
import type { Receipt } from "../model/receipt.ts";

/** What an event says: the branches of the unions that `eventql codegen` writes are such. */
export interface SaidEvent {
  /** The event type's name, or its full Avro name. Events that are read have its name. */
  readonly type: string;
  /** Its fields in the stored form. */
  readonly payload: object;
}

/** A record that deletes its key's document. */
export interface TombstoneEvent {
  readonly type: null;
  readonly payload: null;
}

/** An event to append. */
export type NewStoreEvent<E extends SaidEvent = SaidEvent> =
  /** Without an `id`, it gets a new one. */
  (E & { readonly id?: string }) | { readonly id: string; readonly type: null };

/** An event of a transaction. */
export type TransactionStoreEvent<E extends SaidEvent = SaidEvent> = E & {
  readonly id?: string;
  readonly ifVersion?: ExpectedVersion;
};

/** How to append. */
export interface AppendOptions {
  /** What the key's version must be. Topics that are owned only. */
  readonly ifVersion?: ExpectedVersion;
  /** The caller's own: one that was sent before appends nothing, and gives the outcome of then. Owned topics only. */
  readonly commandId?: string;
  /** How long to wait for the decision of an owned topic, in ms. Default 10,000: then the status is `PENDING`. */
  readonly timeoutMs?: number;
  /** The caller's W3C trace context. */
  readonly traceparent?: string;
}

/** What is known of each event that was taken. */
interface Taken {
  readonly id: string;
  /** Stands for the event, wherever reads are to be consistent with it. */
  readonly receipt: Receipt;
  /** Undefined: the topic is open. */
  readonly commandId: string | undefined;
}

/** It is stored durably. */
interface AppendedEvent extends Taken {
  readonly status: "APPENDED";
  readonly position: Position;
  /** Of its key, behind it. */
  readonly version: number;
  /** Whether nothing was stored, for it says what the key's newest event says: that one's position stands here. */
  readonly dropped: boolean;
}

/** It is refused, and nothing is stored. */
interface RejectedEvent extends Taken {
  readonly status: "REJECTED";
  readonly rejection: CommandRejection;
}

/** It is taken, and will be decided: the receipt, or the same `commandId` again, tells how. */
interface PendingEvent extends Taken {
  readonly status: "PENDING";
}

/** What became of an event. */
export type AppendOutcome = AppendedEvent | RejectedEvent | PendingEvent;

/** What became of a transaction. */
export type TransactionOutcome = { readonly commandId: string; readonly receipt: Receipt } & (
  | {
      readonly status: "APPENDED";
      /** Its id: grows with each transaction of the topic. */
      readonly transaction: number | undefined;
      /** In the order of the events. */
      readonly events: readonly DecidedPosition[];
    }
  | { readonly status: "REJECTED"; readonly rejection: CommandRejection }
  | { readonly status: "PENDING" }
);

/** Where an event stands, and what is known of it besides what it says. */
export interface EventPlace {
  /** The key. */
  readonly id: string;
  /** The offset is the key's version behind the event. */
  readonly position: Position;
  readonly timestamp: Date;
  /** The event's own id; undefined where who wrote it gave none. */
  readonly eventId: string | undefined;
  /** The command that led to it. */
  readonly commandId: string | undefined;
  /** The id of its transaction. */
  readonly transaction: number | undefined;
  readonly headers: Headers;
}

/** An event as it was stored. */
export type StoredEvent<E extends SaidEvent = SaidEvent> = (E | TombstoneEvent) & EventPlace;

/** The same, and where to go on after it, in all partitions. */
export type StreamedEvent<E extends SaidEvent = SaidEvent> = StoredEvent<E> & { readonly cursor: string };

/** Which events of a key to read. */
export interface ReadOptions {
  readonly id: string;
  /** Only those behind this offset. */
  readonly after?: number;
  /** At most so many, from the oldest on. Default 1,000. */
  readonly limit?: number;
  /** How many records of other keys may be looked at, where the log can't find keys. Default 100,000. */
  readonly maxScanned?: number;
}

/** Events of one key, in their order. */
export interface KeyEvents<E extends SaidEvent = SaidEvent> {
  readonly events: readonly StoredEvent<E>[];
  /** Whether the key has more. */
  readonly more: boolean;
}

/** Which events of a topic to read. */
export interface ReadAllOptions {
  /** The cursor of a page, or of an event. Default: the log's beginning. */
  readonly after?: string;
  /** At most so many. Default 1,000. */
  readonly limit?: number;
}

/** Events of all keys: those of a key in their order, those of different partitions about by their time. */
export interface EventsPage<E extends SaidEvent = SaidEvent> {
  readonly events: readonly StreamedEvent<E>[];
  /** Where to go on, also where there was nothing. */
  readonly cursor: string;
  /** Whether there was more. A page may be short, or empty, all the same. */
  readonly more: boolean;
}

/** What to follow. */
export interface SubscribeOptions {
  /** A cursor to go on after; `START`: the log's beginning. Default: from now on. */
  readonly after?: string;
  /** Only these keys. */
  readonly ids?: Iterable<string>;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Events by topic, typed by who asks: `store.append<ValueEvent>("values", …)` with the union of `eventql codegen`. The
 * schema registry says which events a topic has; what is appended is held to its schema, what is read is decoded by it,
 * and records that are no events are left out.
 */
export interface EventStore {
  /**
   * Appends an event; resolves when it is durable, and decided where its topic is owned.
   * @throws EventQLError `EVENT_INVALID`, `EVENT_TYPE_UNKNOWN`, `KEY_INVALID`, `TOPIC_NOT_FOUND`; `NOT_OWNED` for
   *   `ifVersion` and `commandId` on an open topic; `APPEND_FAILED`, `APPEND_UNKNOWN`, `EVENT_TOO_LARGE`,
   *   `EVENT_LOG_UNAVAILABLE`.
   */
  append<E extends SaidEvent>(topic: string, event: NewStoreEvent<E>, options?: AppendOptions): Promise<AppendOutcome>;

  /**
   * Appends events of one topic as one: all of them, or none. The topic needs the hint `transactions`.
   * @throws EventQLError as {@link append}; `NOT_OWNED` where the topic has no transactions.
   */
  appendTransaction<E extends SaidEvent>(
    topic: string,
    events: readonly TransactionStoreEvent<E>[],
    options?: Omit<AppendOptions, "ifVersion">,
  ): Promise<TransactionOutcome>;

  /**
   * Reads the events of one key.
   * @throws EventQLError `LIMIT_EXCEEDED` where they lie among too many others; `TOPIC_NOT_FOUND`,
   *   `EVENT_LOG_UNAVAILABLE`, `REGISTRY_UNAVAILABLE`.
   */
  read<E extends SaidEvent>(topic: string, options: ReadOptions): Promise<KeyEvents<E>>;

  /**
   * Reads the events of all keys, a page at a time.
   * @throws EventQLError `CURSOR_INVALID`, `CURSOR_EXPIRED`, `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`,
   *   `REGISTRY_UNAVAILABLE`.
   */
  readAll<E extends SaidEvent>(topic: string, options?: ReadAllOptions): Promise<EventsPage<E>>;

  /**
   * Follows a topic. The events come when they are asked for; one who takes too long to ask gets `SUBSCRIBER_TOO_SLOW`,
   * with a cursor to go on from in its `details`. It ends with the signal, with `return()` (as `break` calls it), and with
   * the store: `SHUTTING_DOWN`.
   * @throws EventQLError from the first `next()`: `CURSOR_INVALID`, `CURSOR_EXPIRED`, `TOPIC_NOT_FOUND`,
   *   `EVENT_LOG_UNAVAILABLE`.
   */
  subscribe<E extends SaidEvent>(topic: string, options?: SubscribeOptions): AsyncIterableIterator<StreamedEvent<E>>;

  /** Ends subscriptions and appends under way. */
  close(): Promise<void>;
}
