import type { Position } from "./position.ts";
import type { SettleAction, SettleOutcome } from "./settlement.ts";

/** Which dead letters; all that is given must hold. */
export interface DeadLetterFilter {
  readonly topic?: string;
  /** The name of the projection or stream that couldn't apply the event. */
  readonly projection?: string;
  readonly key?: string;
  /** An `ErrorCode`. */
  readonly code?: string;
  /** False: those that others wait behind; true: those that wait. Default: both. */
  readonly waiting?: boolean;
}

/** A dead letter as administrators see it: nothing in it tells what a hidden field holds. */
export interface ShownDeadLetter extends Position {
  readonly id: string;
  readonly projection: string;
  /** Undefined: it is null, or not UTF-8. */
  readonly key: string | undefined;
  /** Of its record. */
  readonly timestamp: Date;
  /** An `ErrorCode`. */
  readonly code: string;
  readonly reason: string;
  /** Whether nothing is wrong with it but an earlier event of its key. */
  readonly waiting: boolean;
  /** The full name of its event type; undefined: it can't be told, or it is a tombstone. */
  readonly eventType: string | undefined;
  /** The event's fields as JSON; undefined: it can't be decoded, or is a tombstone. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
  /** The record's value where that isn't an event that can be decoded; undefined: it is, or may hold what is hidden. */
  readonly bytes: Uint8Array | undefined;
  /** Where to go on after it. */
  readonly cursor: string;
}

/** Some dead letters, by their projections, topics, partitions and offsets. */
export interface DeadLetterPage {
  readonly letters: readonly ShownDeadLetter[];
  readonly hasMore: boolean;
}

/** What is to be done about a dead letter. */
export interface SettleLetter {
  /** The dead letter's. */
  readonly id: string;
  readonly action: SettleAction;
  /** Asked twice by one id, it is done once. Default: a new one. */
  readonly requestId?: string | undefined;
  /** Of a fix: the event's fields as JSON; those that are hidden and left out stay as they were. */
  readonly payload?: unknown;
  /** Of a fix: the record's value as it is, in place of `payload`. */
  readonly bytes?: Uint8Array | undefined;
  /** Of a fix: the name of the event type. Default: the event's own, or the topic's only one. */
  readonly type?: string | undefined;
}

/** What became of it. `PENDING`: nobody has carried it out yet, but will. */
export interface SettledLetter extends Omit<SettleOutcome, "status"> {
  readonly requestId: string;
  readonly status: Exclude<SettleOutcome["status"], "REFUSED"> | "PENDING";
}

/** What became of dead letters that were retried together. */
export interface RetriedLetters {
  readonly asked: number;
  readonly settled: number;
  /** An event that waited behind them is the key's dead letter now. */
  readonly parked: number;
  readonly failed: number;
  readonly pending: number;
  /** Events that were applied, those that had waited counted too. */
  readonly applied: number;
  /** Whether there were more than were asked for. */
  readonly hasMore: boolean;
}

/** How long what is asked for is waited for. */
export interface SettleWait {
  readonly timeoutMs: number;
}

/** How many dead letters are retried. */
export interface RetryMany extends SettleWait {
  /** Whether the wait begins anew whenever one is carried out. Default false. */
  readonly isPatient?: boolean;
  readonly first: number;
  /** Told how far it is. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** What administrators may do with dead letters. */
export interface DeadLetterAdministration {
  /** @throws EventQLError `BAD_USER_INPUT` for a cursor that is none. */
  list(
    filter: DeadLetterFilter,
    page: { readonly first: number; readonly after?: string | undefined },
  ): Promise<DeadLetterPage>;
  find(ids: readonly string[]): Promise<readonly ShownDeadLetter[]>;
  /** How many events wait behind dead letters, by their ids. */
  waitingBehind(letters: readonly ShownDeadLetter[]): Promise<ReadonlyMap<string, number>>;
  /**
   * @throws EventQLError `DEAD_LETTER_NOT_FOUND`; `KEY_PARKED` where it waits behind another one; `EVENT_INVALID` for a
   *   payload that doesn't fit; `KEY_INVALID` for a fix of one without a key; `BAD_USER_INPUT`.
   */
  settle(asked: SettleLetter, wait: SettleWait): Promise<SettledLetter>;
  /** Retries those that others wait behind. */
  retryAll(filter: DeadLetterFilter, options: RetryMany): Promise<RetriedLetters>;
}
