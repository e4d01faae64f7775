import type { Outcome } from "../model/command.ts";
import type { Value } from "../model/value.ts";
import type { CollectionSpec, StoredDocument } from "../read-model/read-model.ts";
import { parseOutcome } from "./outcome-record.ts";

/** The collection of how commands ended. */
export const OUTCOMES = "eventql_outcomes";

/** How long outcomes are kept, in ms: 7 days. */
export const OUTCOMES_KEPT_MS: number = 7 * 24 * 60 * 60 * 1_000;

/** The collection of this file, with its index and expiry. */
export const outcomeCollections: readonly CollectionSpec[] = [
  { name: OUTCOMES, indexes: [{ commandId: 1 }], expire: { field: "decidedAt", afterMs: OUTCOMES_KEPT_MS } },
];

/** The identifier of an outcome: `topic/commandId`. */
export function outcomeId({ topic, commandId }: Pick<Outcome, "topic" | "commandId">): string {
  return `${topic}/${commandId}`;
}

/** The stored form of an outcome. */
export function storedOutcome(outcome: Outcome): StoredDocument {
  const { commandId, kind, type, topic, id, command, status, rejection, events, version, transaction } = outcome;
  return {
    _id: outcomeId(outcome),
    commandId,
    topic,
    kind,
    type,
    ...optional({ id }),
    command: { ...command },
    status,
    ...optional({ rejection: rejection && { ...rejection } }),
    events: events.map((event) => ({ ...event })),
    ...optional({ version, transaction }),
    decidedAt: new Date(outcome.decidedAt),
  };
}

/** Reads a stored outcome; undefined where it is none. */
export function outcomeOf({ decidedAt, ...stored }: StoredDocument): Outcome | undefined {
  return decidedAt instanceof Date ? parseOutcome({ ...stored, decidedAt: decidedAt.getTime() }) : undefined;
}

function optional(fields: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
