import { ANONYMOUS, type AuthConfig } from "./auth-config.ts";
import type { Authorize } from "./authorize.ts";

/**
 * The policy where callers prove who they are but no policies are configured: admin roles may do everything, other
 * roles everything but administration, and who presents nothing may do nothing. Of administration it decides as
 * policies do, so it can be asked of that before there is a catalog.
 */
export function authorizeRoles({
  adminRoles,
  anonymousRole,
}: Pick<AuthConfig, "adminRoles" | "anonymousRole">): Authorize {
  const admins = new Set(adminRoles);
  return ({ identity }, action) => {
    const role = identity?.role ?? ANONYMOUS;
    if (admins.has(role)) return { allow: true };
    if (action === "administer") return { allow: false, reason: "administration needs an admin role" };
    if (identity !== undefined && role !== anonymousRole) return { allow: true };
    return { allow: false, reason: `the role ${role} may do nothing: prove who you are` };
  };
}
