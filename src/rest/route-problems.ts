import { EventQLError } from "../errors.ts";
import type { RouteProblem } from "./route-spec.ts";

/** A problem in words: which route, what is wrong, and what to do. */
export function describeRouteProblem({ on, problem, remedy }: RouteProblem): string {
  return `"${on}" ${problem}. ${remedy}${remedy.endsWith("?") ? "" : "."}`;
}

/** The error of routes that don't fit the schemas: all that is wrong, each with its remedy. */
export function routesInvalid(problems: readonly RouteProblem[]): EventQLError {
  const places = problems.length === 1 ? "one is wrong" : `${problems.length} places are wrong`;
  const list = problems.map((problem) => `\n- routes: ${describeRouteProblem(problem)}`).join("");
  return new EventQLError("CATALOG_INVALID", `The routes don't fit the schemas: ${places}.${list}`, {
    details: { problems },
  });
}
