import { expect, it } from "vitest";
import { type AccessSettings, accessPolicy, policySettings } from "../../src/security/access-policy.ts";
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

it("gives policies the roles that are configured", () => {
  expect(policySettings({ policies: {} })).toEqual({ policies: {}, adminRoles: [], anonymousRole: "anonymous" });
  const auth = authOf({ adminRoles: ["root"], anonymousRole: "visitor" });
  expect(policySettings({ policies: {}, auth })).toEqual({
    policies: {},
    adminRoles: ["root"],
    anonymousRole: "visitor",
  });
});
