import { EventQLError } from "../errors.ts";
import type { AuthConfig } from "./auth-config.ts";
import type { Authorize } from "./authorize.ts";
import { isLoopback } from "./loopback.ts";
import type { Policies } from "./policies.ts";

/** Who may reach a server, and whether it asks who they are. */
export interface Exposure {
  readonly host: string;
  /** The policy as a function; undefined: none is configured. */
  readonly authorize: Authorize | undefined;
  /** How callers prove who they are; undefined: they needn't. */
  readonly auth?: AuthConfig | undefined;
  /** What each role may do; undefined: nothing is said of it. */
  readonly policies?: Policies | undefined;
  readonly allowAnonymous: boolean;
}

/**
 * Refuses to serve other machines with nothing said of who may do what.
 * @throws EventQLError `BIND_REFUSED`.
 */
export function checkBind(exposure: Exposure): void {
  if (isLoopback(exposure.host) || isGuarded(exposure) || exposure.allowAnonymous) return;
  throw new EventQLError(
    "BIND_REFUSED",
    `With --host ${exposure.host} other machines could read and write everything: set auth or authorize in ` +
      "eventql.config.ts, listen on 127.0.0.1, or accept it with --allow-anonymous.",
  );
}

/**
 * Whether requests must name this machine as their `Host`. Otherwise a web page whose name resolves to this machine
 * (DNS rebinding) could call a server that trusts everyone who reaches it.
 */
export function requiresLoopbackHost(exposure: Exposure): boolean {
  return isLoopback(exposure.host) && !isGuarded(exposure) && !exposure.allowAnonymous;
}

/** Whether anything says who may do what. With `auth` alone, who proves nothing may do nothing. */
function isGuarded({ authorize, auth, policies }: Exposure): boolean {
  return authorize !== undefined || auth !== undefined || policies !== undefined;
}
