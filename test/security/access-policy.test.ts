import { expect, it } from "vitest";
import { type AccessSettings, accessPolicy, administers, policySettings } from "../../src/security/access-policy.ts";
import { allowAll } from "../../src/security/authorize.ts";
import { authOf } from "./support/tokens.ts";

const admin = {
  identity: { role: "admin", claims: {}, expiresAt: undefined },
  headers: {},
  remoteAddress: undefined,
};
const nobody = { headers: {}, remoteAddress: undefined };

it("is none where nothing is configured", () => {
  expect(accessPolicy({ authorize: undefined })).toBeUndefined();
  expect(policySettings({})).toBeUndefined();
});

it("is the user's own function where there is one", () => {
  expect(accessPolicy({ authorize: allowAll, auth: authOf({}) })).toBe(allowAll);
});

it.each<[string, Partial<AccessSettings>, boolean]>([
  ["authentication", { auth: authOf({}) }, true],
  ["authentication with policies", { auth: authOf({}), policies: {} }, true],
  ["policies alone", { policies: {} }, false],
])("leaves administration to admin roles, with %s", (_what, settings, isAdmin) => {
  const authorize = accessPolicy({ authorize: undefined, ...settings });
  expect(authorize?.(admin, "administer", "").allow).toBe(isAdmin);
  expect(authorize?.(nobody, "administer", "").allow).toBe(false);
});

it.each<
  [string, { readonly host: string; readonly allowAnonymous?: boolean } & Partial<AccessSettings>, boolean, boolean]
>([
  ["who works on this machine, where nothing is configured", { host: "127.0.0.1" }, true, true],
  ["nobody, where anonymous callers are allowed", { host: "127.0.0.1", allowAnonymous: true }, false, false],
  ["nobody, where other machines reach it", { host: "0.0.0.0", allowAnonymous: true }, false, false],
  ["admin roles alone", { host: "127.0.0.1", auth: authOf({}) }, true, false],
  ["whom the user's own function allows it", { host: "0.0.0.0", authorize: () => ({ allow: true }) }, true, true],
])("lets administer %s", (_what, exposure, isAdmin, isNobody) => {
  const exposed = { authorize: undefined, allowAnonymous: false, ...exposure };
  expect([administers(exposed, admin), administers(exposed, nobody)]).toEqual([isAdmin, isNobody]);
});

it("gives policies the roles that are configured", () => {
  expect(policySettings({ policies: {} })).toEqual({ policies: {}, adminRoles: [], anonymousRole: "anonymous" });
  const auth = authOf({ adminRoles: ["root"], anonymousRole: "visitor" });
  expect(policySettings({ policies: {}, auth })).toEqual({
    policies: {},
    adminRoles: ["root"],
    anonymousRole: "visitor",
  });
});
