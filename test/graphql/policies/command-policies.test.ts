import { describe, expect, it } from "vitest";
import { messageOf } from "../../../src/errors.ts";
import { compilePolicies } from "../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import type { Authorize } from "../../../src/security/authorize.ts";
import type { Policies } from "../../../src/security/policies.ts";
import { FakeCommands } from "../fake-commands.ts";
import { codes, openHarness } from "../harness.ts";
import { owned } from "../owned-catalogs.ts";
import { identity } from "./policy-catalog.ts";

function authorizeOwned(policies: Policies): Authorize {
  return compilePolicies(owned, { policies, adminRoles: ["admin"], anonymousRole: "anonymous" }, defaultLimits);
}

function faultOf(policies: Policies): string {
  try {
    authorizeOwned(policies);
  } catch (error) {
    return messageOf(error);
  }
  return "";
}

describe("policies of owned topics", () => {
  it.each([
    ["Value", "CreateValue"],
    ["Value", "ValueCreated"],
    ["Transfer", "BookTransfer"],
    ["Account", "EventInvalidate"],
  ])("of %s may name %s", (aggregate, name) => {
    expect(faultOf({ [aggregate]: { user: { append: [name] } } })).toBe("");
  });

  it.each([
    ["Value", "CreateValu", "there is no event type or command CreateValu. Did you mean CreateValue?"],
    ["Value", "BookTransfer", "there is no event type or command BookTransfer."],
    ["Value", "EventInvalidate", "there is no event type or command EventInvalidate."],
    ["Account", "EventInvalidated", "there is no event type EventInvalidated. Did you mean EventInvalidate?"],
    ["Note", "EventInvalidate", "there is no event type EventInvalidate."],
  ])("of %s may not name %s", (aggregate, name, message) => {
    expect(faultOf({ [aggregate]: { user: { append: [name] } } })).toContain(
      `policies.${aggregate}.user.append: ${message}`,
    );
  });

  it("let roles do what they name, and nothing else", async () => {
    const policies: Policies = {
      Value: { creator: { append: ["CreateValue"] } },
      Account: {
        mover: { append: ["MoneyMoved"] },
        invalidator: { append: ["EventInvalidate"] },
        writer: { append: true },
      },
    };
    const api = await openHarness(owned, { authorize: authorizeOwned(policies), commands: new FakeCommands() });
    const doors = {
      create: `createValue(input: { value: 1 }, wait: NONE) { status }`,
      change: `changeValue(id: "a", input: { operation: ADD, value: 1 }, wait: NONE) { status }`,
      move: `moneyMoved(input: { amount: 1 }, wait: NONE) { status }`,
      moves: `transaction(events: [{ moneyMoved: { input: { amount: 1 } } }], wait: NONE) { status }`,
      opens: `transaction(events: [
        { moneyMoved: { input: { amount: 1 } } }, { accountOpened: { input: { owner: "ann" } } }
      ], wait: NONE) { status }`,
      invalidate: `invalidateTransaction(topic: "accounts", id: 1, reason: "no", wait: NONE) { status }`,
      delete: `deleteAccount(id: "a", wait: NONE) { status }`,
    };
    const open = async (role: string): Promise<readonly string[]> => {
      const knocked = Object.entries(doors).map(async ([name, door]) => {
        const result = await api.run(`mutation { ${door} }`, { identity: identity(role) });
        return codes(result).length === 0 ? [name] : [];
      });
      return (await Promise.all(knocked)).flat();
    };
    expect({
      creator: await open("creator"),
      mover: await open("mover"),
      invalidator: await open("invalidator"),
      writer: await open("writer"),
      stranger: await open("stranger"),
      admin: await open("admin"),
    }).toEqual({
      creator: ["create"],
      mover: ["move", "moves"],
      invalidator: ["invalidate"],
      writer: ["move", "moves", "opens", "invalidate"],
      stranger: [],
      admin: Object.keys(doors),
    });
    await api.close();
  });
});
