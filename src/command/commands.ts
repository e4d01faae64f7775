import type { Aggregate, CommandType, EventType } from "../catalog/types.ts";
import type { ExpectedVersion, Outcome } from "../model/command.ts";
import type { NewEvent, Rejection } from "../model/decider.ts";
import type { Position } from "../model/position.ts";
import type { Receipt } from "../model/receipt.ts";
import type { Payload } from "../model/value.ts";
import type { StoredDocument } from "../read-model/read-model.ts";

/** What every command may say besides what it asks for. */
interface Common {
  /** The client's; default: a new UUIDv7. One that was sent before gives the outcome of then. */
  readonly commandId?: string | undefined;
  readonly ifVersion?: ExpectedVersion | undefined;
  /** The caller's W3C trace context. */
  readonly traceparent?: string | undefined;
}

/** A command for the rules of an owned topic's aggregate. */
export interface RuleCommand extends Common {
  readonly kind: "command";
  readonly aggregate: Aggregate;
  readonly commandType: CommandType;
  /** Default: the UUIDv5 of `commandId` if there is one, else a UUIDv7. */
  readonly id?: string | undefined;
  readonly payload: Payload;
}

/** An event for an owned topic, appended as it is. */
export interface EventCommand extends Common {
  readonly kind: "event";
  readonly aggregate: Aggregate;
  readonly eventType: EventType;
  /** As of {@link RuleCommand}. */
  readonly id?: string | undefined;
  readonly payload: Payload;
}

/** A tombstone for an owned topic. */
export interface TombstoneCommand extends Common {
  readonly kind: "tombstone";
  readonly aggregate: Aggregate;
  readonly id: string;
}

/** An event of a transaction. */
export interface TransactionEvent {
  readonly eventType: EventType;
  /** Default: a UUIDv7. */
  readonly id?: string | undefined;
  readonly payload: Payload;
  readonly ifVersion?: ExpectedVersion | undefined;
}

/** Several events of an owned topic that allows transactions, appended as one. */
export interface TransactionCommand extends Omit<Common, "ifVersion"> {
  readonly kind: "transaction";
  readonly aggregate: Aggregate;
  /** At least one. */
  readonly events: readonly TransactionEvent[];
}

/** The invalidation of a transaction. */
export interface InvalidationCommand extends Omit<Common, "ifVersion"> {
  readonly kind: "invalidation";
  readonly aggregate: Aggregate;
  /** The id of the transaction. */
  readonly transaction: number;
  readonly reason: string;
}

/** What can be sent to an owned topic. */
export type CommandRequest = RuleCommand | EventCommand | TombstoneCommand | TransactionCommand | InvalidationCommand;

/** A command that is stored durably, and will be decided. */
export interface Accepted {
  readonly commandId: string;
  /** The topic of its events. */
  readonly topic: string;
  /** The key that it was sent to; undefined: a transaction, or an invalidation. */
  readonly id: string | undefined;
  /** Where the command stands, on `<topic>.commands`. */
  readonly position: Position;
  /** Of the command: it stands for the events that it leads to. */
  readonly receipt: Receipt;
}

/** What a command would lead to now. */
export interface Trial {
  readonly id: string;
  /** What is decided, or why it is refused. */
  readonly decision: readonly NewEvent[] | Rejection;
  /** The document behind the events; undefined: there would be none. */
  readonly document: StoredDocument | undefined;
  /** The key's version before them, as far as the read model has it; undefined: no document. */
  readonly version: number | undefined;
}

/** The gateway's side of owned topics: sends commands, and hears how they end. */
export interface Commands {
  /**
   * Stores a command; resolves when it is durable.
   * @throws EventQLError `EVENT_INVALID`, `KEY_INVALID`, `NOT_OWNED` where the aggregate's topic is open or allows no
   *   transactions, and what `EventLog.append` throws.
   */
  send(request: CommandRequest): Promise<Accepted>;

  /**
   * Resolves when the command is decided, also where that was long ago.
   * @throws EventQLError `NOT_YET_DECIDED` after `timeoutMs`, `LIMIT_EXCEEDED` where too many wait already.
   */
  outcome(of: Pick<Accepted, "topic" | "commandId">, timeoutMs: number): Promise<Outcome>;

  /** How the commands of an id ended, one for each topic that has one; outcomes are kept for 7 days. */
  find(commandId: string): Promise<readonly Outcome[]>;

  /**
   * Decides on what the read model shows, and appends nothing.
   * @throws EventQLError `RULE_FAILED` where a rule throws, `EVENT_INVALID` where an event of its doesn't fit its schema.
   */
  tryOut(request: RuleCommand): Promise<Trial>;

  close(): Promise<void>;
}
