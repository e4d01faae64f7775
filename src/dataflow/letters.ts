import { isEventQLError } from "../errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetter, parkedKey } from "../read-model/dead-letters.ts";
import type { CollectionWrites, ReadModel, StoredDocument } from "../read-model/read-model.ts";
import type { SetAside } from "./outcome.ts";

/** What a stream writes of events that it sets aside. `known`: the keys that are stored as parked. */
function letterWrites(
  stream: string,
  letters: readonly SetAside[],
  known: ReadonlySet<string>,
): readonly CollectionWrites[] {
  const parked = new Map<string, StoredDocument>();
  for (const { item, fault, waiting } of letters) {
    if (waiting || item.key === null || parked.has(item.key)) continue;
    parked.set(item.key, parkedKey(stream, item.key, item.record, fault));
  }
  const inserts = letters.map(({ item, fault, waiting }) => deadLetter(stream, item.record, fault, waiting));
  return [
    { collection: DEAD_LETTERS, inserts, replacements: [], deletions: [] },
    { collection: PARKED_KEYS, ...parkedWrites(parked, known) },
  ];
}

/** One that is parked again was parked by an event that comes later. */
function parkedWrites(
  parked: ReadonlyMap<string, StoredDocument>,
  known: ReadonlySet<string>,
): Omit<CollectionWrites, "collection"> {
  const entries = [...parked];
  const inserts = entries.flatMap(([key, document]) => (known.has(key) ? [] : [document]));
  const replacements = entries.flatMap(([key, document]) => (known.has(key) ? [document] : []));
  return { inserts, replacements, deletions: [] };
}

/** What is stored of what is set aside. */
export interface StoredAside {
  readonly checkpoint: Checkpoint;
  /** The keys that are parked. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Stores letters, in smaller parts where they are too large together. Returns what is stored then; undefined: another
 * owner has moved it, or has stored one of them.
 */
export async function storeLetters(
  readModel: Pick<ReadModel, "commit">,
  stored: StoredAside,
  letters: readonly SetAside[],
): Promise<StoredAside | undefined> {
  const { checkpoint, keys } = stored;
  const next = Math.max(checkpoint.next, ...letters.map(({ item }) => item.record.offset + 1));
  const behind = { ...checkpoint, next };
  try {
    const writes = letterWrites(checkpoint.projection, letters, keys);
    const { status } = await readModel.commit({ checkpoint: behind, from: checkpoint.next, writes });
    if (status !== "committed") return undefined;
    const parked = letters.flatMap(({ item, waiting }) => (waiting || item.key === null ? [] : [item.key]));
    return { checkpoint: behind, keys: new Set([...keys, ...parked]) };
  } catch (error) {
    if (!isEventQLError(error, "COMMIT_TOO_LARGE") || letters.length < 2) throw error;
    const middle = Math.ceil(letters.length / 2);
    const first = await storeLetters(readModel, stored, letters.slice(0, middle));
    return first && (await storeLetters(readModel, first, letters.slice(middle)));
  }
}
