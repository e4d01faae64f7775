import { EventQLError } from "../../errors.ts";

/** A mistake in a policy. */
export interface PolicyProblem {
  /** Where it stands in the configuration: `policies.User.reader.read.where.owner`. */
  readonly place: string;
  readonly problem: string;
  readonly remedy: string;
}

/** The error of policies that don't fit the schemas: all that is wrong, each with place and remedy. */
export function policiesInvalid(problems: readonly PolicyProblem[]): EventQLError {
  const places = problems.length === 1 ? "a place is wrong" : `${problems.length} places are wrong`;
  const list = problems.map(({ place, problem, remedy }) => {
    return `\n- ${place}: ${problem}. ${remedy}${remedy.endsWith("?") ? "" : "."}`;
  });
  return new EventQLError(
    "CATALOG_INVALID",
    `The policies don't fit the aggregates of the schemas: ${places}.${list.join("")}`,
    { details: { problems } },
  );
}
