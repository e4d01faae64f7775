import type { Filter } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";
import { equalityKey } from "./equality-key.ts";
import { type Path, parsePath, someAtPath } from "./path.ts";

/** A document, or a row that a pipeline has made of some. */
export type Row = Readonly<Record<string, unknown>>;

/** The documents of a collection. Where keys are given, those with these as `_id` are enough. */
export type Source = (collection: string, keys?: ReadonlySet<string>) => Iterable<object>;

/** A `$lookup` by equal fields. */
export interface Join {
  readonly from: string;
  readonly localField: string;
  readonly foreignField: string;
  readonly pipeline: readonly Filter[];
  readonly as: string;
}

/** What carries out the pipeline of a join. */
type Run = (documents: Iterable<object>, pipeline: readonly Filter[]) => readonly Row[];

/** Reads the argument of a `$lookup`; undefined where it is of another form than this one. */
export function joinOf(argument: unknown): Join | undefined {
  if (!isPlainObject(argument) || "let" in argument) return undefined;
  const { from, localField, foreignField, pipeline = [], as } = argument;
  if (typeof from !== "string" || typeof localField !== "string" || typeof foreignField !== "string") return undefined;
  if (typeof as !== "string" || as.includes(".") || !Array.isArray(pipeline)) return undefined;
  return { from, localField, foreignField, pipeline: pipeline.filter(isPlainObject), as };
}

/**
 * Adds to each document those of another collection that have an equal field, as MongoDB's `$lookup` does: elements of
 * lists count each for itself, and null is equal to null and to what is missing. The other collection is looked through
 * once, whatever the number of documents.
 */
export function join(documents: readonly Row[], lookup: Join, source: Source, run: Run): readonly Row[] {
  const { localField, pipeline, as } = lookup;
  const locals = documents.map((document) => ({ document, values: localValues(document, parsePath(localField)) }));
  const candidates = candidatesOf(
    lookup,
    locals.flatMap(({ values }) => values),
    source,
  );
  const { each, rest } = split(pipeline);
  const kept = new Map(run([...candidates.keys()], each).map((row) => [row["_id"], row]));
  const byKey = new Map<Key, Row[]>();
  for (const [candidate, keys] of candidates) {
    const row = kept.get(candidate["_id"]);
    if (row !== undefined) for (const key of keys) addTo(byKey, key, row);
  }
  return locals.map(({ document, values }) => {
    const found = new Set(values.flatMap((value) => byKey.get(equalityKey(value)) ?? []));
    return { ...document, [as]: rest.length === 0 ? [...found] : finish([...found], rest, run) };
  });
}

type Key = ReturnType<typeof equalityKey>;

/** The elements of a list in place of the list. */
function localValues(document: Row, path: Path): readonly unknown[] {
  const values: unknown[] = [];
  someAtPath(document, path, false, (value) => {
    if (Array.isArray(value)) values.push(...value);
    else values.push(value);
    return false;
  });
  return values;
}

/** The documents that any of the values finds, with what they are found by. */
function candidatesOf(
  { from, foreignField }: Join,
  values: readonly unknown[],
  source: Source,
): ReadonlyMap<Row, ReadonlySet<Key>> {
  const wanted = new Set(values.map(equalityKey));
  const ids = new Set(values.filter((value) => typeof value === "string"));
  const path = parsePath(foreignField);
  const candidates = new Map<Row, ReadonlySet<Key>>();
  for (const row of source(from, foreignField === "_id" ? ids : undefined)) {
    if (!isPlainObject(row)) continue;
    const keys = new Set<Key>();
    someAtPath(row, path, true, (value) => {
      const key = equalityKey(value);
      if (wanted.has(key)) keys.add(key);
      return false;
    });
    if (keys.size > 0) candidates.set(row, keys);
  }
  return candidates;
}

/** A pipeline in two: what treats each document for itself and keeps its `_id`, and the rest. */
function split(pipeline: readonly Filter[]): { readonly each: readonly Filter[]; readonly rest: readonly Filter[] } {
  const end = pipeline.findIndex((stage) => !Object.entries(stage).every(isOfEach));
  return end < 0 ? { each: pipeline, rest: [] } : { each: pipeline.slice(0, end), rest: pipeline.slice(end) };
}

function isOfEach([name, argument]: readonly [string, unknown]): boolean {
  if (name === "$match" || name === "$lookup") return true;
  if (name === "$unset") return ![argument].flat().includes("_id");
  if (!isPlainObject(argument)) return false;
  if (name === "$set" || name === "$addFields") return !("_id" in argument);
  return name === "$project" && (!("_id" in argument) || argument["_id"] === 1);
}

/** Limits need no pipeline, and nothing comes of no documents where a limit is all. */
function finish(found: readonly Row[], rest: readonly Filter[], run: Run): readonly Row[] {
  const [first, ...more] = rest;
  const limit = first?.["$limit"];
  if (typeof limit === "number" && more.length === 0) return found.slice(0, limit);
  return run(found, rest);
}

function addTo(groups: Map<Key, Row[]>, key: Key, row: Row): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [row]);
  else group.push(row);
}
