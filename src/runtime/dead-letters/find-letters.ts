import type { DeadLetterFilter, ShownDeadLetter } from "../../model/dead-letter-administration.ts";
import { DEAD_LETTERS, readDeadLetter } from "../../read-model/dead-letters.ts";
import type { Filter, ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import type { LetterPlace, OwnedLetter } from "./show-letter.ts";

type Reads = Pick<ReadModel, "find" | "aggregate">;

/** The order of a list of letters. */
const ORDER = ["projection", "topic", "partition", "offset", "_id"] as const;

const SORT = { projection: 1, topic: 1, partition: 1, offset: 1, _id: 1 } as const;

/** Reads letters in their order. */
export async function findLetters(
  readModel: Reads,
  filter: DeadLetterFilter,
  { limit, after }: { readonly limit: number; readonly after?: LetterPlace | undefined },
): Promise<readonly OwnedLetter[]> {
  const conditions = after === undefined ? [conditionOf(filter)] : [conditionOf(filter), behind(after)];
  const found = await readModel.find(DEAD_LETTERS, { filter: { $and: conditions }, sort: SORT, limit });
  return found.flatMap(owned);
}

/** Reads letters by their ids, in no order. */
export async function lettersById(readModel: Reads, ids: readonly string[]): Promise<readonly OwnedLetter[]> {
  const found = await readModel.find(DEAD_LETTERS, { filter: { _id: { $in: ids } }, limit: ids.length });
  return found.flatMap(owned);
}

/** The letters that stand at the same position as another one. */
export async function lettersAt(
  readModel: Reads,
  { record: { topic, partition, offset } }: OwnedLetter,
): Promise<readonly OwnedLetter[]> {
  const found = await readModel.find(DEAD_LETTERS, { filter: { topic, partition, offset } });
  return found.flatMap(owned);
}

/** Counts the events that wait behind letters, by the letters' ids. */
export async function countWaiting(
  readModel: Reads,
  letters: readonly ShownDeadLetter[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const heads = letters.filter(({ waiting, key }) => !waiting && key !== undefined);
  for (const [, own] of Map.groupBy(
    heads,
    ({ projection, topic, partition }) => `${projection} ${topic} ${partition}`,
  )) {
    const [{ projection, topic, partition } = { projection: "", topic: "", partition: 0 }] = own;
    const keys = own.map(({ key }) => Buffer.from(key ?? ""));
    const filter = { projection, topic, partition, key: { $in: keys }, waiting: true };
    // There may be any number: they are counted where they are.
    const grouped = await readModel.aggregate(DEAD_LETTERS, [
      { $match: filter },
      { $project: { key: 1 } },
      { $group: { _id: "$key", letters: { $sum: 1 } } },
    ]);
    const byKey = new Map(grouped.map(({ _id, letters: count }) => [textOf(_id), Number(count ?? 0)]));
    for (const { id, key } of own) counts.set(id, byKey.get(key ?? "") ?? 0);
  }
  return counts;
}

function textOf(key: unknown): string {
  return key instanceof Uint8Array ? Buffer.from(key).toString() : "";
}

function conditionOf({ topic, projection, key, code, waiting }: DeadLetterFilter): Filter {
  return {
    ...(topic !== undefined && { topic }),
    ...(projection !== undefined && { projection }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(code !== undefined && { code }),
    ...(waiting !== undefined && { waiting }),
  };
}

/** What stands behind a place: alike in the first fields, and greater in the next one. */
function behind(place: LetterPlace): Filter {
  return {
    $or: ORDER.map((field, index) => ({
      ...Object.fromEntries(ORDER.slice(0, index).map((same, at) => [same, place[at]])),
      [field]: { $gt: place[index] },
    })),
  };
}

function owned(stored: StoredDocument): readonly OwnedLetter[] {
  const letter = readDeadLetter(stored);
  const { projection } = stored;
  return letter === undefined || typeof projection !== "string" ? [] : [{ ...letter, projection }];
}
