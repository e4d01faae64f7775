import { isPlainObject } from "../../read-model/query/compare.ts";
import { keyLookup } from "../../read-model/query/key-lookup.ts";
import type { Filter } from "../../read-model/read-model.ts";
import type { Value } from "../../model/value.ts";
import type { GraphQLContext } from "../context.ts";
import { type AskedMatching, type Matching, matchStages, matching } from "./matching.ts";
import { runIfCheap } from "./read.ts";
import { integersOf, keysIn } from "./relation/reference-values.ts";
import type { Asked, Clause, Join, Related } from "./where/place.ts";

/** Documents that may be examined to find the keys of related ones: more would cost more than most joins. */
const MAX_EXAMINED = 200_000;

/** The UTF-16 code units that the keys of one join may have together: MongoDB takes commands of 16 MiB. */
const MAX_TEXT = 1_000_000;

/** What the document is compared with, by the field of the join that it stands in for. */
type Known = ReadonlyMap<string, { readonly path: string; readonly keys: readonly Value[] }>;

/**
 * Makes joins the other way round where that is cheap: first the keys of the related documents that match, then the
 * documents by these keys, for which there may be an index. A join looks for each document by itself, which takes long
 * where there are many and few match.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`, `LIMIT_EXCEEDED` when the time is up.
 */
export async function byKeys(context: GraphQLContext, asked: AskedMatching): Promise<Matching> {
  // Those that are named by their keys are few: joining them is cheap.
  if (asked.joins.length === 0 || keyLookup(asked.filter) !== undefined) return asked;
  return matching(await withoutJoins(context, asked.asked), asked.scope);
}

async function withoutJoins(context: GraphQLContext, { clauses, joins }: Asked): Promise<Asked> {
  const found = await Promise.all(joins.map(async (join) => ({ join, keys: await keysOf(context, join) })));
  const known: Known = new Map(
    found.flatMap(({ join: { as, path }, keys }) => (keys === undefined ? [] : [[as, { path, keys }] as const])),
  );
  const left = joins.filter(({ as }) => !known.has(as));
  return { clauses: clauses.map((clause) => withKeys(clause, known, left)), joins: left };
}

/** What a join compares its documents with; undefined: too many, or too costly to find. */
async function keysOf(context: GraphQLContext, { path, key, related }: Join): Promise<readonly Value[] | undefined> {
  const { maxJoinKeys, maxExaminedDocuments } = context.services.limits;
  if (maxJoinKeys === 0) return undefined;
  const { asked, scope } = related;
  const inner = matching(await withoutJoins(context, asked), scope);
  const pipeline = [...matchStages(inner), ...keyStages(related), { $limit: maxJoinKeys + 1 }];
  const maxExamined = Math.min(MAX_EXAMINED, maxExaminedDocuments);
  const rows = await runIfCheap(context, related.collection, pipeline, maxExamined);
  if (rows === undefined || rows.length > maxJoinKeys) return undefined;
  const keys = rows.flatMap(({ _id }) => keysIn(_id));
  if (keys.reduce((sum, text) => sum + text.length, 0) > MAX_TEXT) return undefined;
  return key === "integer" && path !== "_id" ? integersOf(keys) : keys;
}

/** The stages that leave each key once, as `_id`. */
function keyStages({ path }: Related): readonly Filter[] {
  if (path === "_id") return [{ $project: { _id: 1 } }];
  return [{ $project: { [path]: 1 } }, { $unwind: `$${path}` }, { $group: { _id: `$${path}` } }];
}

function withKeys({ filter, joined }: Clause, known: Known, left: readonly Join[]): Clause {
  if (!joined) return { filter, joined };
  const names = left.map(({ as }) => `${as}.0`);
  const replaced = replacedIn(filter, known);
  return { filter: isPlainObject(replaced) ? replaced : filter, joined: hasAny(replaced, names) };
}

/** A filter with what is known in place of the fields that joins make. */
function replacedIn(value: unknown, known: Known): unknown {
  if (Array.isArray(value)) return value.map((each) => replacedIn(each, known));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, condition]) => {
      const join = known.get(name.replace(/\.0$/, ""));
      if (join === undefined || !isPlainObject(condition)) return [name, replacedIn(condition, known)];
      return [join.path, condition["$exists"] === true ? { $in: join.keys } : { $nin: join.keys }];
    }),
  );
}

function hasAny(value: unknown, names: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((each) => hasAny(each, names));
  if (!isPlainObject(value)) return false;
  return Object.entries(value).some(([name, inner]) => names.includes(name) || hasAny(inner, names));
}
