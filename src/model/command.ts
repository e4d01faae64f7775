import type { Position } from "./position.ts";

/**
 * What a key's version must be for an append: the offset of its newest event; `NO_STREAM`: there must be no document of
 * the key; `EXISTS`: there must be one, of any version.
 */
export type ExpectedVersion = number | "NO_STREAM" | "EXISTS";

/** What a record on a topic of commands asks for. */
export type CommandKind = "command" | "event" | "tombstone" | "transaction" | "invalidation";

/** Why a command was refused: nothing of it was appended. */
export interface CommandRejection {
  /** An error code of ours (`VERSION_CONFLICT`, `RULE_FAILED`, …), or the reason that a rule gave. */
  readonly code: string;
  readonly message: string;
  /** The key's version, where that is what was in the way; null: there is no document of it. */
  readonly currentVersion?: number | null;
}

/** An event that a command led to. */
export interface DecidedPosition {
  /** The key of its aggregate. */
  readonly id: string;
  /** The full Avro name of its type; empty: a tombstone. */
  readonly type: string;
  readonly partition: number;
  readonly offset: number;
  /** Nothing was appended, for it equals the key's newest event, which stands here. */
  readonly dropped?: true;
}

/** How a command ended. */
export interface Outcome {
  readonly commandId: string;
  readonly kind: CommandKind;
  /** The full Avro name of the command's, or the event's, type; empty where there is none. */
  readonly type: string;
  /** The topic of the events. */
  readonly topic: string;
  /** The key that it was sent to; undefined: a transaction, or an invalidation. */
  readonly id: string | undefined;
  /** Where the command stands, on `<topic>.commands`; of one that was sent twice, the first. */
  readonly command: Position;
  readonly status: "DECIDED" | "REJECTED";
  /** Undefined unless it is rejected. */
  readonly rejection: CommandRejection | undefined;
  /** In their order. */
  readonly events: readonly DecidedPosition[];
  /** The key's version behind it; undefined: there is no document of the key, or there are several keys. */
  readonly version: number | undefined;
  /** The id of the transaction, where the command is one. */
  readonly transaction: number | undefined;
  /** ms since 1970-01-01 UTC. */
  readonly decidedAt: number;
}

/** The newest position of each partition: what stands before it is projected before it. */
export function newestPositions(topic: string, events: readonly DecidedPosition[]): readonly Position[] {
  const newest = new Map<number, Position>();
  for (const { partition, offset } of events) {
    const known = newest.get(partition);
    if (known === undefined || known.offset < offset) newest.set(partition, { topic, partition, offset });
  }
  return [...newest.values()];
}
