import { coerceInputValue } from "graphql";
import QuickLRU from "quick-lru";
import { isEventQLError } from "../../errors.ts";
import type { Claims } from "../../model/claims.ts";
import type { Filter } from "../../read-model/read-model.ts";
import { compileWhere } from "../query/where/compile-where.ts";
import type { WhereLimits } from "../query/where/place.ts";
import { withoutPrototypes } from "../without-prototypes.ts";
import { checkWhere } from "./check-where.ts";
import { claimValues, withClaims } from "./claim-texts.ts";
import type { PolicyModel } from "./policy-models.ts";
import type { PolicyProblem } from "./policy-problems.ts";

/** The filter of a caller, or why they have none: the same object for the same claims, while it is kept. */
export type RowFilter = { readonly filter: Filter } | { readonly reason: string };

/** Filters that are kept, for each policy: those of the callers who asked last. */
const KEPT = 1_000;

/**
 * Compiles a policy's `where` to the filter of each caller; what is wrong with it is added to the problems. One
 * that names no claims is compiled once, and one that does once for each set of their values.
 */
export function rowFilters(
  { where: type, whereModel }: PolicyModel,
  where: unknown,
  place: string,
  limits: WhereLimits,
  problems: PolicyProblem[],
): (claims: Claims) => RowFilter {
  const found = { problems: [], claims: new Set<string>() };
  checkWhere(type, where, place, found);
  problems.push(...found.problems);
  const paths = [...found.claims];
  const compile = (values: readonly unknown[]): RowFilter => {
    const filled = withClaims(where, new Map(paths.map((path, index) => [path, values[index]])));
    withoutPrototypes(filled);
    const faults: string[] = [];
    const coerced: unknown = coerceInputValue(filled, type, (path) => faults.push(path.join(".")));
    const [fault] = faults;
    if (fault !== undefined) return unfit(paths, `it doesn't fit at where.${fault}`);
    try {
      return { filter: compileWhere(whereModel, coerced, limits) };
    } catch (error) {
      if (!isEventQLError(error)) throw error;
      return unfit(paths, error.message.replace(/\.$/, ""));
    }
  };
  if (found.problems.length > 0) return () => ({ reason: "the policy is wrong" });
  if (paths.length === 0) return constantFilter(compile([]), place, problems);
  const kept = new QuickLRU<string, RowFilter>({ maxSize: KEPT });
  return (claims) => {
    const read = claimValues(claims, paths);
    if ("missing" in read) return { reason: `you have no claim ${read.missing}, on which the policy rests` };
    const key = JSON.stringify(read.values);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const compiled = compile(read.values);
    kept.set(key, compiled);
    return compiled;
  };
}

/** Whose claim it is may not know what the policy asks of which column, for it may be hidden. */
function unfit(claims: readonly string[], fault: string): RowFilter {
  if (claims.length === 0) return { reason: `the policy can't be applied (${fault})` };
  return { reason: `a claim (${claims.join(", ")}) doesn't fit the policy` };
}

function constantFilter(compiled: RowFilter, place: string, problems: PolicyProblem[]): () => RowFilter {
  if ("reason" in compiled) problems.push({ place, problem: compiled.reason, remedy: "Ask for less" });
  return () => compiled;
}
