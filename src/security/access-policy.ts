import { ANONYMOUS } from "./auth-config.ts";
import type { Authorize, RequestContext } from "./authorize.ts";
import { authorizeRoles } from "./authorize-roles.ts";
import { type Exposure, requiresLoopbackHost } from "./bind-check.ts";
import type { Policies } from "./policies.ts";

/** What of the configuration says who may do what. */
export type AccessSettings = Pick<Exposure, "authorize" | "auth" | "policies">;

/**
 * The policy that needs no catalog: it decides of administration, and, where no `policies` are configured, of
 * everything. Undefined: nothing is configured, and whoever reaches the server may do everything.
 */
export function accessPolicy({ authorize, auth, policies }: AccessSettings): Authorize | undefined {
  if (authorize !== undefined || (auth === undefined && policies === undefined)) return authorize;
  return authorizeRoles(auth ?? { adminRoles: [], anonymousRole: ANONYMOUS });
}

/**
 * Whether a caller may change what all callers depend on, and see what no policy shows. Where nothing is configured, only
 * who works on this machine may: that others may read and write was accepted, this was not.
 */
export function administers(exposure: Exposure, caller: RequestContext): boolean {
  return accessPolicy(exposure)?.(caller, "administer", "").allow ?? requiresLoopbackHost(exposure);
}

/** What policies are compiled from, with each catalog; undefined: there are none. Without `auth` nobody is an admin. */
export function policySettings({
  auth,
  policies,
}: Pick<AccessSettings, "auth" | "policies">):
  { readonly policies: Policies; readonly adminRoles: readonly string[]; readonly anonymousRole: string } | undefined {
  if (policies === undefined) return undefined;
  return { policies, adminRoles: auth?.adminRoles ?? [], anonymousRole: auth?.anonymousRole ?? ANONYMOUS };
}
