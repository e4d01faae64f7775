import type { Column } from "../catalog/types.ts";
import { didYouMean } from "../catalog/problems.ts";
import { isEventQLError } from "../errors.ts";
import type { AggregatePlan, SchemaPlan } from "../graphql/plan.ts";
import { isObject, type JsonObject } from "./json-input.ts";
import { type Shown, shownType } from "./json-output.ts";

/** A column that is answered. */
export interface ViewColumn {
  /** As GraphQL has it, and the answer. */
  readonly name: string;
  /** Undefined: the id. */
  readonly column: Column | undefined;
}

/** What of an aggregate's document is answered, and how. */
export interface DocumentView {
  /** The name of the aggregate. */
  readonly aggregate: string;
  /** In the order of the answer. */
  readonly columns: readonly ViewColumn[];
  /** Whether callers are answered only with those columns that they may see, and not refused. */
  readonly isFitted: boolean;
  /** What to ask GraphQL for; `allowed` are the columns that the caller may see, undefined: all. */
  selection(allowed: ReadonlySet<string> | undefined): string;
  /** The document of a result. */
  toJson(result: JsonObject): JsonObject;
  /** Its version. */
  versionOf(result: JsonObject): string | undefined;
}

/** Says what is wrong with a route, and what to do. */
export type Report = (problem: string, remedy: string) => void;

/** The view of a document with the named columns; default: the id, and all that are shown under their newest names. */
export function documentView(
  plan: AggregatePlan,
  { types }: Pick<SchemaPlan, "types">,
  named: readonly string[] | undefined,
  report: Report,
): DocumentView {
  const known = new Map<string, Column | undefined>([["id", undefined]]);
  for (const { column, name } of plan.columns) known.set(name, column);
  const newest = plan.columns.filter(({ column, name }) => !column.aliases.includes(name));
  const all = ["id", ...newest.map(({ name }) => name)];
  const shown = new Map<string, Shown>();
  const columns = (named ?? all).flatMap((name): ViewColumn[] => {
    const column = known.get(name);
    if (!known.has(name)) {
      const isHidden = plan.aggregate.columns.some(({ hidden, graphqlName }) => hidden && graphqlName === name);
      if (isHidden) report(`answers with the column ${name}, which is hidden`, "Remove it here, or the hint hidden");
      else
        report(
          `answers with the column ${name}, which ${plan.typeName} doesn't have`,
          didYouMean(name, [...known.keys()]),
        );
      return [];
    }
    if (column !== undefined) {
      try {
        shown.set(name, shownType(column.type, types));
      } catch (error) {
        if (!isEventQLError(error, "LIMIT_EXCEEDED")) throw error;
        report(`answers with the column ${name}, which ${error.message}`, "Name the other columns in columns");
      }
    }
    return [{ name, column }];
  });
  return {
    aggregate: plan.aggregate.name,
    columns,
    isFitted: named === undefined,
    selection: (allowed) => {
      const wanted = columns.filter(({ name, column }) => isAllowed(name, column, named, allowed));
      const fields = wanted.map(({ name }) => `${name}${shown.get(name)?.selection ?? ""}`);
      return `{ ${[...fields, "_meta { version }"].join(" ")} }`;
    },
    toJson: (result) =>
      Object.fromEntries(
        columns
          .filter(({ name }) => Object.hasOwn(result, name))
          .map(({ name }) => [name, (shown.get(name)?.toJson ?? same)(result[name])]),
      ),
    versionOf: ({ _meta: meta }) =>
      isObject(meta) && typeof meta["version"] === "string" ? meta["version"] : undefined,
  };
}

function isAllowed(
  name: string,
  column: Column | undefined,
  named: readonly string[] | undefined,
  allowed: ReadonlySet<string> | undefined,
): boolean {
  return named !== undefined || column === undefined || allowed === undefined || allowed.has(name);
}

function same(value: unknown): unknown {
  return value;
}
