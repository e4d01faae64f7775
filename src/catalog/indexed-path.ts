import { typeText } from "./merge-types.ts";
import { didYouMean } from "./problems.ts";
import type { Column, TypeRef } from "./types.ts";

/** What is wrong with an index, and what to do. */
export interface Problem {
  readonly problem: string;
  readonly remedy: string;
}

/** Where an indexed value stands in a document. */
interface IndexedPath {
  readonly path: string;
  /** The path of the list that it stands in, or that it is; undefined: none. */
  readonly list: string | undefined;
}

/** Finds what a column is called by, with dots into records. */
export function indexedPath(name: string, columns: readonly Column[]): IndexedPath | Problem {
  if (name === "id" || name === "_id") return { path: "_id", list: undefined };
  const [first = "", ...rest] = name.split(".");
  const column =
    columns.find(({ graphqlName }) => graphqlName === first) ??
    columns.find((each) => each.name === first || each.aliases.includes(first));
  if (column !== undefined) return within(column.name, column.type, rest, undefined);
  const names = columns.filter(({ hidden }) => !hidden).map(({ graphqlName }) => graphqlName);
  return { problem: `an index names ${first}, which is no column`, remedy: didYouMean(first, names) };
}

/** A column as a whole. */
export function columnPath({ name, type }: Column): IndexedPath | Problem {
  return within(name, type, [], undefined);
}

function within(path: string, ref: TypeRef, rest: readonly string[], list: string | undefined): IndexedPath | Problem {
  const { type } = ref;
  if (type.kind === "array") return within(path, type.items, rest, list ?? path);
  if (type.kind === "record") {
    const [first, ...deeper] = rest;
    const names = type.fields.map(({ graphqlName }) => graphqlName).join(", ");
    if (first === undefined)
      return { problem: `${path} is a record, which no index helps to filter`, remedy: named(path, names) };
    const field = type.fields.find((each) => [each.graphqlName, each.name, ...each.aliases].includes(first));
    if (field === undefined) return { problem: `${path} has no field ${first}`, remedy: `It has ${names}` };
    return within(`${path}.${field.name}`, field.type, deeper, list);
  }
  if (rest.length > 0)
    return { problem: `${path} is ${typeText(ref)}, which has no fields`, remedy: `Name ${path} alone` };
  if (type.kind === "map" || type.kind === "union" || type.kind === "null")
    return {
      problem: `${path} is ${typeText(ref)}, which no index helps to filter`,
      remedy: "Index columns of other types, such as a column that repeats what you filter by",
    };
  return { path, list };
}

function named(path: string, names: string): string {
  return `Name one of its fields (${names}) in the setting indexes of eventql.config.ts, as in "${path}.…"`;
}
