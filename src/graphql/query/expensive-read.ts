import type { Aggregate, Column } from "../../catalog/types.ts";
import { EventQLError, isEventQLError } from "../../errors.ts";
import { isPlainObject } from "../../read-model/query/compare.ts";
import { conjuncts, readPart } from "../../read-model/query/read-part.ts";
import type { Filter, Read } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";

/**
 * Adds to the refusal of an expensive read which columns to index: those that the caller may know of, without those of the
 * filter that limits what they see. The log has them all. Other errors stay as they are.
 */
export function explainRefusal(
  { services, session }: GraphQLContext,
  { name, collection, columns }: Aggregate,
  read: Read,
  error: unknown,
): unknown {
  if (!isEventQLError(error, "QUERY_TOO_EXPENSIVE")) return error;
  const { documents, maximum } = error.details;
  const paths = indexablePaths(read);
  services.logger.warn(
    { aggregate: name, collection, documents, maximum, columns: paths },
    "a query was refused: an index of these columns may let it run",
  );
  const scope = session.scopes.get("read")?.get(name);
  const limiting = new Set(conditionsOf(scope?.filter ?? {}).map(({ path }) => path));
  const isKnown = ({ hidden, graphqlName }: Column): boolean =>
    !hidden && (scope?.columns === undefined || scope.columns.has(graphqlName));
  const shown = paths
    .filter((path) => !limiting.has(path))
    .flatMap((path) => columns.find((column) => column.name === path.split(".")[0] && isKnown(column)) ?? [])
    .map(({ graphqlName }) => graphqlName);
  const isLimited = session.scopes
    .get("read")
    ?.values()
    .some(({ filter = {} }) => Object.keys(filter).length > 0);
  return refusal(name, [...new Set(shown)], { maximum, ...(isLimited !== true && { documents }) });
}

/** How many documents there are is nothing for those who may see some of them only. */
function refusal(aggregate: string, columns: readonly string[], known: EventQLError["details"]): EventQLError {
  const { maximum, documents } = known;
  const examined = typeof documents === "number" ? `about ${documents}` : "too many";
  const remedy =
    columns.length === 0
      ? "filter by the id, or by a column that has an index"
      : `give ${columns.join(", ")} an index (indexes: { ${aggregate}: [${JSON.stringify(columns)}] } in eventql.config.ts), ` +
        "or filter by the id or by a column that has one";
  return new EventQLError(
    "QUERY_TOO_EXPENSIVE",
    `The query would examine ${examined} documents of ${aggregate}, and at most ${String(maximum)} may be: ${remedy}.`,
    { details: { ...known, columns } },
  );
}

/** The paths that an index should have: those of equal values, then those of the order, then those of ranges. */
function indexablePaths(read: Read): readonly string[] {
  const { filter, sort = {} } = readPart(read);
  const conditions = conditionsOf(filter).filter(({ use }) => use !== "none");
  const paths = (use: "equal" | "range"): string[] =>
    conditions.filter((each) => each.use === use).map(({ path }) => path);
  return [...new Set([...paths("equal"), ...Object.keys(sort), ...paths("range")])].filter((path) => path !== "_id");
}

interface Condition {
  readonly path: string;
  /** How an index helps with it. */
  readonly use: "equal" | "range" | "none";
}

function conditionsOf(filter: Filter): readonly Condition[] {
  return conjuncts(filter).flatMap((part) =>
    Object.entries(part).flatMap(([path, condition]): readonly Condition[] => {
      if (!path.startsWith("$")) return [{ path, use: useOf(condition) }];
      return Array.isArray(condition) ? condition.filter(isPlainObject).flatMap(conditionsOf) : [];
    }),
  );
}

function useOf(condition: unknown): Condition["use"] {
  // An index is in the order of letters as they are: it finds nothing where their case doesn't matter.
  if (condition instanceof RegExp) return condition.source.startsWith("^") && !condition.ignoreCase ? "range" : "none";
  if (!isPlainObject(condition)) return "equal";
  const { $regex: pattern, $options: options } = condition;
  if (typeof options === "string" && options.includes("i")) return "none";
  if (pattern instanceof RegExp) return useOf(pattern);
  if (typeof pattern === "string") return pattern.startsWith("^") ? "range" : "none";
  return "$eq" in condition || "$in" in condition ? "equal" : "range";
}
