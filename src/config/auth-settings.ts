import { isEventQLError } from "../errors.ts";
import { apiKeyHash } from "../security/api-keys.ts";
import { type ApiKeyConfig, ANONYMOUS, type AuthConfig, type JwtConfig } from "../security/auth-config.ts";
import type { Policies } from "../security/policies.ts";
import { verificationKey } from "../security/verification-key.ts";
import type { ShapedAuth } from "./auth-shape.ts";
import type { Report } from "./kafka-settings.ts";

/** The settings of who may do what. */
interface AccessSettings {
  readonly auth: ShapedAuth;
  readonly policies?: Policies | undefined;
  readonly authorize?: unknown;
}

/** Puts together how callers prove who they are, and checks it against what they may do; undefined: not configured. */
export function authConfig(
  { auth, policies, authorize }: AccessSettings,
  sources: Readonly<Record<string, string>>,
  report: Report,
): AuthConfig | undefined {
  const { apiKeys = [], ...rest } = auth;
  const given = Object.keys(sources).filter((path) => path.startsWith("auth."));
  const jwt = given.some((path) => path.startsWith("auth.jwt.")) ? checkedJwt(auth.jwt, report) : undefined;
  checkApiKeys(apiKeys, report);
  const isConfigured = jwt !== undefined || apiKeys.length > 0;
  const [first] = given;
  if (!isConfigured && first !== undefined)
    report(first, "needs a way to prove who one is: set auth.jwt or auth.apiKeys");
  if (policies !== undefined) {
    if (authorize !== undefined) report("policies", "can't stand beside authorize: choose one of them");
    checkPolicies(policies, auth, isConfigured, report);
  }
  if (!isConfigured) return undefined;
  checkAdminRoles(auth, report);
  return { ...rest, jwt, apiKeys, knownRoles: policies && rolesOf(policies, auth) };
}

function checkedJwt(jwt: JwtConfig, report: Report): JwtConfig {
  try {
    verificationKey(jwt);
  } catch (error) {
    if (!isEventQLError(error, "CONFIG_INVALID")) throw error;
    const { setting, problem } = error.details;
    report(String(setting), String(problem));
  }
  return jwt;
}

function checkApiKeys(apiKeys: readonly ApiKeyConfig[], report: Report): void {
  const names = new Set<string>();
  const hashes = new Map<string, string>();
  for (const apiKey of apiKeys) {
    const hash = apiKeyHash(apiKey).toString("hex");
    const other = hashes.get(hash);
    if (names.has(apiKey.name)) report("auth.apiKeys", `names ${apiKey.name} twice: give each key a name of its own`);
    else if (other !== undefined)
      report("auth.apiKeys", `gives ${other} and ${apiKey.name} one key: give each its own`);
    names.add(apiKey.name);
    hashes.set(hash, apiKey.name);
  }
}

function checkAdminRoles({ adminRoles, anonymousRole, jwt }: ShapedAuth, report: Report): void {
  if (adminRoles.includes(anonymousRole))
    report("auth.adminRoles", `has ${anonymousRole}, the role of who proves nothing: remove it`);
  if (jwt.defaultRole !== undefined && adminRoles.includes(jwt.defaultRole))
    report("auth.jwt.defaultRole", `is ${jwt.defaultRole}, an admin role: every token would be an administrator's`);
}

function checkPolicies(policies: Policies, auth: ShapedAuth, isConfigured: boolean, report: Report): void {
  const roles = new Set(Object.values(policies).flatMap((byRole) => Object.keys(byRole)));
  // Without authentication nobody has another role than the anonymous one.
  const unreachable = isConfigured ? [] : [...roles].filter((role) => role !== ANONYMOUS);
  if (unreachable.length > 0)
    report(
      "policies",
      `names ${unreachable.join(", ")}, but nobody can prove to be one: set auth, or give policies for ${ANONYMOUS} alone`,
    );
  const admins = isConfigured ? auth.adminRoles.filter((role) => roles.has(role)) : [];
  if (admins.length > 0)
    report("policies", `limits ${admins.join(", ")}, which may do everything (auth.adminRoles): remove it from one`);
}

function rolesOf(policies: Policies, { adminRoles, anonymousRole }: ShapedAuth): readonly string[] {
  const named = Object.values(policies).flatMap((byRole) => Object.keys(byRole));
  return [...new Set([...adminRoles, ...named, anonymousRole])];
}
