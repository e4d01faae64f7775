import { EventQLError } from "../errors.ts";
import type { ReadModel } from "../read-model/read-model.ts";

/** The collection of the definitions that the stored documents were made by. */
export const DEFINITIONS = "eventql_projections";

/** A definition, and what of a stored one it changes other than by adding. */
export interface DefinitionOf<T> {
  readonly topic: string;
  readonly definition: T;
  /** Reads a stored definition's text; the changes that a rebuild is needed for, none where it only adds. */
  changesFrom(stored: string): readonly string[];
}

/**
 * Stores a topic's definition where it is new or only adds to the stored one.
 * @throws EventQLError `PROJECTION_CHANGED` naming each change that the stored documents contradict.
 */
export async function adoptDefinition<T>(readModel: ReadModel, of: DefinitionOf<T>): Promise<void> {
  const guard = { projection: "definitions", topic: of.topic, partition: 0, generation: 0, partitions: 1 };
  const text = JSON.stringify(of.definition);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { next } = await readModel.openCheckpoint({ ...guard, next: 0 });
    const [stored] = await readModel.find(DEFINITIONS, { filter: { _id: of.topic }, limit: 1 });
    const before = stored?.["definition"];
    if (before === text) return;
    if (typeof before === "string") refuseChanges(of.topic, of.changesFrom(before));
    const document = { _id: of.topic, definition: text };
    const writes = before === undefined ? { inserts: [document] } : { replacements: [document] };
    const { status } = await readModel.commit({
      checkpoint: { ...guard, next: next + 1 },
      from: next,
      writes: [{ collection: DEFINITIONS, inserts: [], replacements: [], deletions: [], ...writes }],
    });
    if (status === "committed") return;
  }
  throw new EventQLError("READ_MODEL_UNAVAILABLE", `Other processes keep changing the projection of ${of.topic}.`);
}

function refuseChanges(topic: string, changes: readonly string[]): void {
  if (changes.length === 0) return;
  throw new EventQLError(
    "PROJECTION_CHANGED",
    `The documents of topic ${topic} were made by other hints: ${changes.join("; ")}. Undo the change, or start on ` +
      "another database (MONGODB_DATABASE) to build them anew from the log. The embedded stack has its log in the same " +
      "file as its documents: there, begin anew with another --data.",
    { details: { topic, changes } },
  );
}
