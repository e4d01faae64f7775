import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ErrorCode } from "../errors.ts";

/** Answers with JSON that nobody may keep. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}

/** Answers with an error in the form that GraphQL's have, so that clients know one form. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] }, headers);
}
