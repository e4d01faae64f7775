import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { CHALLENGE } from "../engine/authentication.ts";
import type { ProblemPart } from "../../rest/request-parts.ts";
import { sendJson } from "../responses.ts";
import { REQUEST_ID_HEADER } from "../request-id.ts";

/** Why a request is refused (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** An error code of ours, or the reason that a rule gave. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemPart[] | undefined;
  /** What else the answer says. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** Is thrown to end the answer to a request. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Answers with a problem. */
export function sendProblem(response: ServerResponse, { status, code, detail, errors, more, headers }: Problem): void {
  const requestId = response.getHeader(REQUEST_ID_HEADER);
  const title = STATUS_CODES[status] ?? "Refused";
  sendJson(
    response,
    status,
    { title, status, detail, code, ...(errors !== undefined && { errors }), ...more, requestId },
    {
      "content-type": "application/problem+json",
      ...(status === 401 && CHALLENGE),
      ...(status === 503 && { "retry-after": "1" }),
      ...headers,
    },
  );
}
