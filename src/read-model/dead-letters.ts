import { type ErrorCode, errorCodes } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import { type Position, type TopicPartition, partitionId, positionId } from "../model/position.ts";
import type { CollectionSpec, StoredDocument } from "./read-model.ts";
import { recordOf, storedRecord } from "./stored-record.ts";

/** The collection of events that could not be applied, and of those that wait behind them. */
export const DEAD_LETTERS = "eventql_dead_letters";

/** The collection of keys whose events wait. */
export const PARKED_KEYS = "eventql_parked_keys";

/** The collections of this file, with their indexes. */
export const deadLetterCollections: readonly CollectionSpec[] = [
  { name: DEAD_LETTERS, indexes: [{ projection: 1, topic: 1, partition: 1, key: 1, offset: 1 }] },
  { name: PARKED_KEYS, indexes: [{ projection: 1, topic: 1, partition: 1 }] },
];

/** The identifier of the dead letter of a position. `projection`: the name of what couldn't apply it, a stream's too. */
export function deadLetterId(projection: string, position: Position): string {
  return `${projection}/${positionId(position)}`;
}

/** Why an event was set aside. */
export interface Fault {
  readonly code: ErrorCode;
  readonly reason: string;
}

/**
 * The stored form of an event that was set aside: its place, bytes and reason. `waiting`: nothing is wrong with it, but
 * an earlier event of its key is a dead letter.
 */
export function deadLetter(projection: string, record: LogRecord, fault: Fault, waiting: boolean): StoredDocument {
  const { code, reason } = fault;
  return { _id: deadLetterId(projection, record), projection, ...storedRecord(record), code, reason, waiting };
}

/** An event that was set aside, read back. */
export interface StoredLetter {
  readonly id: string;
  readonly record: LogRecord;
  /** Why it was set aside. */
  readonly code: ErrorCode;
  readonly reason: string;
  /** Whether nothing is wrong with it but what stands before it. */
  readonly waiting: boolean;
}

/** Reads what {@link deadLetter} made; undefined where it is something else. */
export function readDeadLetter(stored: StoredDocument): StoredLetter | undefined {
  const { _id: id, code, reason, waiting } = stored;
  const record = recordOf(stored);
  if (record === undefined || typeof code !== "string" || typeof reason !== "string") return undefined;
  return { id, record, code: knownCode(code), reason, waiting: waiting === true };
}

/** A newer release may have stored one that this one doesn't know. */
function knownCode(code: string): ErrorCode {
  return errorCodes.find((known) => known === code) ?? "INTERNAL";
}

/** The identifier of a parked key. */
export function parkedKeyId(projection: string, of: TopicPartition, key: string): string {
  return `${projection}/${partitionId(of)}/${key}`;
}

/** The stored form of a parked key: since which event, and why. */
export function parkedKey(projection: string, key: string, record: LogRecord, fault: Fault): StoredDocument {
  const { topic, partition, offset, timestamp } = record;
  return {
    _id: parkedKeyId(projection, record, key),
    projection,
    topic,
    partition,
    key,
    offset,
    since: new Date(timestamp),
    code: fault.code,
    reason: fault.reason,
  };
}

/** Selects what a projection has set aside of a partition. */
export function ofPartition(projection: string, { topic, partition }: TopicPartition): Record<string, unknown> {
  return { projection, topic, partition };
}
