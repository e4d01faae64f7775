import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopbackUrl } from "../../security/loopback.ts";

/** What of an answer a page may read besides its body. */
const EXPOSED = ["etag", "eventql-receipt", "location", "retry-after", "x-request-id"].join(", ");

/** Lets pages of this machine read the answer, as GraphQL does. */
export function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  const { origin } = headers;
  if (origin === undefined) return;
  response.setHeader("vary", "origin");
  if (!isLoopbackUrl(origin)) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", EXPOSED);
}

/** Answers what a browser asks before it sends a request, and who else asks for the methods of a path. */
export function answerOptions(
  { headers }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): void {
  const allow = methods.join(", ");
  const asked = headers["access-control-request-headers"];
  response.writeHead(204, {
    allow,
    ...(response.hasHeader("access-control-allow-origin") && {
      "access-control-allow-methods": allow,
      "access-control-max-age": "600",
      ...(asked !== undefined && { "access-control-allow-headers": asked }),
    }),
  });
  response.end();
}
