import { didYouMean } from "../../catalog/problems.ts";
import type { Catalog } from "../../catalog/types.ts";
import type { Authorize, Decision } from "../../security/authorize.ts";
import type { Policies } from "../../security/policies.ts";
import type { WhereLimits } from "../query/where/place.ts";
import { type RoleRules, compileRole } from "./compile-role.ts";
import { policyModels } from "./policy-models.ts";
import { type PolicyProblem, policiesInvalid } from "./policy-problems.ts";

/** Who may do what, as configured. */
export interface PolicySettings {
  readonly policies: Policies;
  /** The roles that may do everything. */
  readonly adminRoles: readonly string[];
  /** The role of a caller who has no identity. */
  readonly anonymousRole: string;
}

const ALLOWED: Decision = { allow: true };

/**
 * Compiles the policies of a catalog's aggregates. What no policy allows is denied; admin roles may do everything, and
 * administration is theirs alone.
 * @throws EventQLError `CATALOG_INVALID`, listing all that the catalog doesn't have or that doesn't fit it.
 */
export function compilePolicies(
  catalog: Catalog,
  { policies, adminRoles, anonymousRole }: PolicySettings,
  limits: WhereLimits,
): Authorize {
  const rules = compileRules(catalog, policies, limits);
  const admins = new Set(adminRoles);
  return ({ identity }, action, aggregate) => {
    const role = identity?.role ?? anonymousRole;
    if (admins.has(role)) return ALLOWED;
    if (action === "administer") return { allow: false, reason: "administration needs an admin role" };
    const rule = rules.get(aggregate)?.get(role)?.[action];
    return rule?.(identity?.claims ?? {}) ?? { allow: false, reason: `no policy allows it to the role ${role}` };
  };
}

function compileRules(
  catalog: Catalog,
  policies: Policies,
  limits: WhereLimits,
): ReadonlyMap<string, ReadonlyMap<string, RoleRules>> {
  const models = policyModels(catalog);
  const problems: PolicyProblem[] = [];
  const rules = new Map<string, ReadonlyMap<string, RoleRules>>();
  for (const [name, byRole] of Object.entries(policies)) {
    const place = `policies.${name}`;
    const model = models.get(name);
    if (model === undefined) {
      const remedy = didYouMean(name, [...models.keys()]);
      problems.push({ place, problem: `there is no aggregate ${name}`, remedy });
      continue;
    }
    const compiled = Object.entries(byRole).map(([role, policy]) => {
      const at = { model, place: `${place}.${role}`, limits, problems };
      return [role, compileRole(policy, at)] as const;
    });
    rules.set(name, new Map(compiled));
  }
  if (problems.length > 0) throw policiesInvalid(problems);
  return rules;
}
