import { useCSRFPrevention } from "@graphql-yoga/plugin-csrf-prevention";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { IncomingMessage } from "node:http";
import { isLoopbackUrl } from "../security/loopback.ts";

/** The header, with any value, that shows that a request does not come from a foreign web page. */
export const CSRF_HEADER: string = "eventql-csrf";

/**
 * Refuses requests that a foreign web page could make a browser send unasked: those without a content type of GraphQL's
 * and without a header that needs a preflight.
 */
export function csrfPlugin(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: [CSRF_HEADER, "apollo-require-preflight"] });
  return {
    async onRequestParse(payload) {
      try {
        await onRequestParse?.(payload);
      } catch {
        throw new GraphQLError(
          `Send POST requests with content-type: application/json, or add the header ${CSRF_HEADER}: 1. ` +
            "Without either, a foreign web page could have sent this.",
          { extensions: { code: "FORBIDDEN", http: { status: 403 } } },
        );
      }
    },
  };
}

/** Which origins' pages may read answers: this machine's. */
export function corsOf(request: Request): { origin: string[]; credentials: false; maxAge: number } | false {
  const origin = request.headers.get("origin");
  if (origin === null || !isLoopbackUrl(origin)) return false;
  return { origin: [origin], credentials: false, maxAge: 600 };
}

/** Whether the request names this machine as the one that it wants to speak to. */
export function namesThisMachine({ headers }: IncomingMessage): boolean {
  return headers.host !== undefined && isLoopbackUrl(`http://${headers.host}`);
}

/** What to answer a request that names another machine. */
export function hostRefusal({ headers }: IncomingMessage): string {
  return (
    `This server answers requests to localhost only, not to ${headers.host ?? "no host"}: set auth or authorize in ` +
    "eventql.config.ts, or start it with --allow-anonymous."
  );
}
