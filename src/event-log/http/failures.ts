import { z } from "zod";
import { type ErrorCode, EventQLError, errorCodes, messageOf } from "../../errors.ts";

const Answer = z.object({
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
      }),
    )
    .min(1),
});

/** Failures of a connection that was never there: nothing was sent. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The server refused before it did anything, and may take the same later. */
const NOT_NOW: ReadonlySet<ErrorCode> = new Set(["NOT_READY", "SHUTTING_DOWN"]);

/** Whether a request that failed was certainly not received. */
export function wasNotSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return cause.errors.every((each: unknown) => hasCode(each));
  return hasCode(cause);
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && "code" in error && NOT_CONNECTED.has(error.code);
}

/** The error of a request that got no answer. */
export function unreachable(url: string, cause: unknown): EventQLError {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The event log at ${url} does not answer: ${messageOf(inner)}. Try again later.`,
    { cause },
  );
}

/** The error of an answer that is no success: that which the server says, or one that names the status. */
export function refusal(url: string, status: number, body: string): EventQLError {
  const [told] = Answer.safeParse(jsonOf(body)).data?.errors ?? [];
  const code = told && codeOf(told.extensions.code);
  if (told === undefined || code === undefined)
    return new EventQLError("EVENT_LOG_UNAVAILABLE", `The event log at ${url} answered with status ${status}.`, {
      details: { status },
    });
  return remoteError(code, told.message, told.extensions.details);
}

/** An error that the server tells of. */
export function remoteError(code: string, message: string, details: Record<string, unknown> = {}): EventQLError {
  const known = codeOf(code) ?? "INTERNAL";
  return new EventQLError(NOT_NOW.has(known) ? "EVENT_LOG_UNAVAILABLE" : known, message, { details });
}

/** The error of an answer that isn't what was asked for. */
export function unexpected(url: string, status: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `What answers at ${url} isn't a server of EventQL that knows this: check the address, and the server's version.`,
    { details: { status } },
  );
}

/** The error of what a log over HTTP can't do. `what` begins a sentence. */
export function notOverHttp(what: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", `${what} over HTTP: connect to the event log itself.`);
}

/** The error of a log that was closed. */
export function closed(): EventQLError {
  return new EventQLError("EVENT_LOG_UNAVAILABLE", "The event log is closed.");
}

function codeOf(text: string): ErrorCode | undefined {
  return errorCodes.find((code) => code === text);
}

/** The JSON of an answer; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
