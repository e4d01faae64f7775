import { expect, it } from "vitest";
import type { Action } from "../../src/security/authorize.ts";
import { authorizeRoles } from "../../src/security/authorize-roles.ts";

const authorize = authorizeRoles({ adminRoles: ["admin", "root"], anonymousRole: "visitor" });
const actions: readonly Action[] = ["read", "append", "subscribe", "administer"];

it.each([
  ["an admin role", "root", ["read", "append", "subscribe", "administer"]],
  ["another role", "reader", ["read", "append", "subscribe"]],
  ["the anonymous role", "visitor", []],
  ["nobody", undefined, []],
])("lets %s do what it may", (_what, role, allowed) => {
  const identity = role === undefined ? undefined : { role, claims: {}, expiresAt: undefined };
  const caller = { identity, headers: {}, remoteAddress: undefined };
  expect(actions.filter((action) => authorize(caller, action, "User").allow)).toEqual(allowed);
});
