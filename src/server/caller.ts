import type { IncomingMessage } from "node:http";
import type { Authenticate } from "../security/authenticate.ts";
import type { RequestContext } from "../security/authorize.ts";

/** What the transport knows of who calls. */
export function callerOf({ headers, socket }: IncomingMessage): RequestContext {
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return { headers: Object.fromEntries(texts), remoteAddress: socket.remoteAddress };
}

/**
 * Finds out who calls, where that is asked at all.
 * @param connectionParams What a WebSocket's client sent to begin with.
 * @throws EventQLError `UNAUTHENTICATED`, `TOKEN_EXPIRED`.
 */
export async function identify(
  caller: RequestContext,
  authenticate: Authenticate | undefined,
  connectionParams?: Readonly<Record<string, unknown>>,
): Promise<RequestContext> {
  if (authenticate === undefined) return caller;
  return { ...caller, identity: await authenticate({ headers: caller.headers, connectionParams }) };
}
