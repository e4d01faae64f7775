import type { TopicPartition } from "./position.ts";

/** What may be done about a dead letter: apply it again, leave it out, or apply other bytes in its place. */
export type SettleAction = "retry" | "skip" | "fix";

/** What is asked of the owner of a partition about one of its dead letters. */
export interface SettleRequest extends TopicPartition {
  /** Asked twice by one id, it is carried out once. */
  readonly id: string;
  /** The name of the projection, or stream, that set the event aside. */
  readonly projection: string;
  /** The dead letter's id. */
  readonly letter: string;
  /** The dead letter's key; absent: it has none that is valid. */
  readonly key?: string;
  readonly action: SettleAction;
  /** Of a fix: what takes the place of the event's value, in the wire format. */
  readonly value?: Uint8Array;
}

/**
 * What became of a request. `SETTLED`: the event is, and all that waited behind it is applied; `PARKED`: it is, and an event
 * that waited is the key's dead letter now; `FAILED`: the event could not be applied again; `REFUSED`: nothing was done.
 */
export interface SettleOutcome {
  readonly status: "SETTLED" | "PARKED" | "FAILED" | "REFUSED";
  /** Events that were applied: the letter's own, and those that had waited. */
  readonly applied: number;
  /** Events of the key that wait on. */
  readonly waiting: number;
  /** The dead letter that the key waits for now; absent: it doesn't. */
  readonly letter?: string;
  /** An `ErrorCode`: why that one, or the request, failed. */
  readonly code?: string;
  readonly reason?: string;
}
