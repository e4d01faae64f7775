import type { GraphQLError } from "graphql";
import { statusOf } from "../events/statuses.ts";
import type { Operations } from "../engine/operations.ts";
import { type Problem, ProblemError } from "./problem.ts";

/** What is other for routes: a version is told in a precondition of HTTP, and missing documents are nothing special. */
const STATUSES: ReadonlyMap<unknown, number> = new Map([
  ["NOT_FOUND", 404],
  ["VERSION_CONFLICT", 412],
  ["NOT_YET_PROJECTED", 503],
]);

/** The problem of anything thrown, masked as GraphQL's errors are. */
export function problemOf(thrown: unknown, { errorsOf }: Pick<Operations, "errorsOf">): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  const [error] = errorsOf(thrown);
  return error === undefined ? UNKNOWN : problemOfError(error);
}

/** The problem of an error of the engine, which is masked and has a code. */
export function problemOfError({ message, extensions }: GraphQLError): Problem {
  const { code, errorId, retriable, details } = extensions;
  const more = {
    ...(typeof retriable === "boolean" && { retriable }),
    ...(errorId !== undefined && { errorId }),
    ...(details !== undefined && { details }),
  };
  return {
    status: httpStatus(extensions),
    code: typeof code === "string" ? code : UNKNOWN.code,
    detail: message,
    more,
  };
}

const UNKNOWN: Problem = {
  status: 500,
  code: "INTERNAL",
  detail: "Something unexpected went wrong: the server's log has it.",
};

/** An operation that took too long says its own status. */
function httpStatus({ code, http }: GraphQLError["extensions"]): number {
  const own = typeof http === "object" && http !== null && "status" in http ? http.status : undefined;
  return STATUSES.get(code) ?? (own === 503 ? own : statusOf(code));
}
