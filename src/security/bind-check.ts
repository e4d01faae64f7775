import { EventQLError } from "../errors.ts";
import type { Authorize } from "./authorize.ts";
import { isLoopback } from "./loopback.ts";

/** Who may reach a server, and whether it asks who they are. */
export interface Exposure {
  readonly host: string;
  /** The policy; undefined: none is configured. */
  readonly authorize: Authorize | undefined;
  readonly allowAnonymous: boolean;
}

/**
 * Refuses to serve other machines with nobody asked who they are.
 * @throws EventQLError `BIND_REFUSED`.
 */
export function checkBind({ host, authorize, allowAnonymous }: Exposure): void {
  if (isLoopback(host) || authorize !== undefined || allowAnonymous) return;
  throw new EventQLError(
    "BIND_REFUSED",
    `With --host ${host} other machines could read and write everything: set authorize in eventql.config.ts, ` +
      "listen on 127.0.0.1, or accept it with --allow-anonymous.",
  );
}

/**
 * Whether requests must name this machine as their `Host`. Otherwise a web page whose name resolves to this machine
 * (DNS rebinding) could call a server that trusts everyone who reaches it.
 */
export function requiresLoopbackHost({ host, authorize, allowAnonymous }: Exposure): boolean {
  return isLoopback(host) && authorize === undefined && !allowAnonymous;
}
