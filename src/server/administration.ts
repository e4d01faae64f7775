import type { IncomingMessage } from "node:http";
import type { Authenticate } from "../security/authenticate.ts";
import { allowAll } from "../security/authorize.ts";
import type { Exposure } from "../security/bind-check.ts";
import { callerOf, identify } from "./caller.ts";

/** Who is asked who they are, and what they may then do; undefined: not configured. */
export interface AccessControl extends Pick<Exposure, "auth" | "policies" | "authorize"> {
  readonly authenticate?: Authenticate | undefined;
}

/**
 * Whether a request may see what only administrators may. Where nothing is configured, all who reach the server may.
 * @throws EventQLError `UNAUTHENTICATED`, `TOKEN_EXPIRED`.
 */
export async function mayAdminister(
  request: IncomingMessage,
  { authenticate, authorize, auth, policies }: AccessControl,
): Promise<boolean> {
  if ([authenticate, authorize, auth, policies].every((setting) => setting === undefined)) return true;
  const caller = await identify(callerOf(request), authenticate);
  return (authorize ?? allowAll)(caller, "administer", "").allow;
}
