import type { SourceFields } from "./columns.ts";
import type { Problem } from "./indexed-path.ts";
import { columnPath, indexedPath } from "./indexed-path.ts";
import { CONFIG } from "./event-hints.ts";
import { type CatalogProblem, didYouMean } from "./problems.ts";
import type { Column, ColumnIndex } from "./types.ts";

/** A column of an index, by its name in GraphQL or in the document, with dots into records; with a direction if one matters. */
export type IndexedColumn = string | Readonly<Record<string, "ASC" | "DESC">>;

/** Indexes of `eventql.config.ts` by the aggregate's name: each a column, or several, most significant first. */
export type CatalogIndexes = Readonly<Record<string, readonly (string | readonly IndexedColumn[])[]>>;

/** The indexes of an aggregate, and what is wrong with those that were asked for. */
export interface AggregateIndexes {
  readonly indexes: readonly ColumnIndex[];
  readonly problems: readonly CatalogProblem[];
}

/** What indexes are made of. */
export interface IndexSources {
  readonly name: string;
  readonly topic: string;
  /** Where the configured ones stand. Default: in the configuration's `indexes`. */
  readonly subject?: string;
  readonly columns: readonly Column[];
  readonly events: readonly SourceFields[];
  readonly configured: CatalogIndexes[string] | undefined;
}

/** MongoDB's bound is 64, its own index of the id and those of other people included. */
const MAX_INDEXES = 50;

/** MongoDB's bound is 32 fields, the id included. */
const MAX_FIELDS = 31;

/**
 * The indexes of an aggregate: of columns with the hint `index`, of columns that reference others, and those of the
 * configuration. The id ends each, as it ends every order, so that an index gives the order too.
 */
export function aggregateIndexes(sources: IndexSources): AggregateIndexes {
  const hinted = hintedIndexes(sources);
  const configured = configuredIndexes(sources);
  const indexes = distinct([...referenceIndexes(sources), ...hinted.indexes, ...configured.indexes]);
  const problems = [...hinted.problems, ...configured.problems];
  if (indexes.length <= MAX_INDEXES) return { indexes, problems };
  const problem = `${indexes.length} indexes are asked for, and a collection has at most ${MAX_INDEXES}`;
  return { indexes, problems: [...problems, configProblem(sources, { problem, remedy: "Ask for fewer" })] };
}

/** The problems of indexes that name no aggregate. */
export function unknownAggregates(indexes: CatalogIndexes, known: readonly string[]): readonly CatalogProblem[] {
  return Object.keys(indexes)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      subject: `${CONFIG} indexes.${name}`,
      topic: undefined,
      field: undefined,
      problem: "there is no such aggregate",
      remedy: didYouMean(name, known),
    }));
}

/** Of what nobody asked for by name, what can't be indexed is left out. */
function referenceIndexes({ columns }: IndexSources): readonly ColumnIndex[] {
  return columns.flatMap((column) => {
    if (column.references === undefined || column.hidden) return [];
    const found = columnPath(column);
    return "problem" in found ? [] : [{ [found.path]: 1, _id: 1 } as const];
  });
}

function hintedIndexes({ columns, events }: IndexSources): AggregateIndexes {
  const indexes: ColumnIndex[] = [];
  const problems: CatalogProblem[] = [];
  for (const { source, fields } of events) {
    for (const { field, column: name } of fields) {
      if (source.fieldHints.get(field.name)?.index !== true) continue;
      const column = columns.find((each) => each.name === name);
      const found = column === undefined ? NO_COLUMN : columnPath(column);
      if ("path" in found) indexes.push({ [found.path]: 1, _id: 1 });
      else problems.push({ subject: source.subject, topic: source.topic, field: field.name, ...found });
    }
  }
  return { indexes, problems };
}

const NO_COLUMN: Problem = {
  problem: "it has the hint index and no column",
  remedy: "Remove the hint: the id has an index by itself, and an event that deletes or is ignored sets nothing",
};

function configuredIndexes(sources: IndexSources): AggregateIndexes {
  const indexes: ColumnIndex[] = [];
  const problems: CatalogProblem[] = [];
  for (const asked of sources.configured ?? []) {
    const read = readIndex(typeof asked === "string" ? [asked] : asked, sources.columns);
    if ("problem" in read) problems.push(configProblem(sources, read));
    else indexes.push(read.index);
  }
  return { indexes, problems };
}

function readIndex(
  asked: readonly IndexedColumn[],
  columns: readonly Column[],
): { readonly index: ColumnIndex } | Problem {
  if (asked.length === 0 || asked.length > MAX_FIELDS)
    return { problem: `an index has ${asked.length} columns`, remedy: `Name from 1 to ${MAX_FIELDS}` };
  const index: Record<string, 1 | -1> = {};
  const lists = new Set<string>();
  for (const { name, direction } of asked.flatMap(directed)) {
    const found = indexedPath(name, columns);
    if ("problem" in found) return found;
    if (Object.hasOwn(index, found.path)) return { problem: `an index names ${name} twice`, remedy: "Name it once" };
    index[found.path] = direction;
    if (found.list !== undefined) lists.add(found.list);
  }
  if (lists.size > 1)
    return {
      problem: `an index names several lists, ${[...lists].join(" and ")}`,
      remedy: "MongoDB indexes one list at a time: make an index of each",
    };
  if (Object.keys(index)[0] === "_id") return { problem: "an index begins with the id", remedy: "The id has its own" };
  // An index is read either way, so its id goes the way of the column before it, as it does in orders.
  index["_id"] ??= Object.values(index).at(-1) ?? 1;
  return { index };
}

function directed(column: IndexedColumn): readonly { readonly name: string; readonly direction: 1 | -1 }[] {
  if (typeof column === "string") return [{ name: column, direction: 1 }];
  return Object.entries(column).map(([name, direction]) => ({ name, direction: direction === "DESC" ? -1 : 1 }));
}

/** One index reads both ways: those that differ in all directions are the same. */
function distinct(indexes: readonly ColumnIndex[]): readonly ColumnIndex[] {
  const byText = new Map<string, ColumnIndex>();
  for (const index of indexes) {
    const entries = Object.entries(index);
    const flip = entries[0]?.[1] === -1 ? -1 : 1;
    const text = JSON.stringify(entries.map(([path, direction]) => [path, direction * flip]));
    if (!byText.has(text)) byText.set(text, index);
  }
  return [...byText.values()];
}

function configProblem({ name, topic, subject }: IndexSources, wrong: Problem): CatalogProblem {
  return { subject: subject ?? `${CONFIG} indexes.${name}`, topic, field: undefined, ...wrong };
}
