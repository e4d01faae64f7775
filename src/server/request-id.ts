import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** The header by which a caller names a request, and learns its name. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Short, and nothing that could end a log line or stand for something else in it. */
const SANE = /^[\w.:@/+=-]{1,128}$/;

/** The name of a request in the log: the caller's own where it is a sane one, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === "string" && SANE.test(given) ? given : randomUUID();
}
