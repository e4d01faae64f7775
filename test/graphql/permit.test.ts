import { describe, expect, it, onTestFinished } from "vitest";
import { type GraphQLContext, createContext } from "../../src/graphql/context.ts";
import {
  permit,
  permitColumn,
  permitColumns,
  permitEvent,
  permitTombstone,
  scopeOf,
} from "../../src/graphql/permit.ts";
import type { Authorize, Decision } from "../../src/security/authorize.ts";
import { openHarness } from "./harness.ts";
import { catalogOf } from "./sketch.ts";

async function contextOf(authorize: Authorize): Promise<GraphQLContext> {
  const api = await openHarness(catalogOf(), { authorize });
  onTestFinished(() => api.close());
  return createContext(api.services, { headers: {}, remoteAddress: undefined });
}

const NO: Decision = { allow: false, reason: "it is night" };

describe("a permission", () => {
  it("is what the policy says, with its limits", async () => {
    const decision: Decision = { allow: true, filter: { a: 1 } };
    const context = await contextOf(() => decision);
    expect(scopeOf(context, "read", "User")).toBe(decision);
    expect(permit(context, "read", "User")).toEqual({ a: 1 });
  });

  it("is asked for anew each time, and of columns once in a request", async () => {
    const asked: string[] = [];
    const context = await contextOf((_caller, action, aggregate) => {
      asked.push(`${action} ${aggregate}`);
      return { allow: true, columns: new Set(["a"]) };
    });
    permit(context, "read", "User");
    permit(context, "read", "User");
    for (let times = 0; times < 3; times += 1) permitColumn(context, "read", "User", "a");
    permitColumns(context, "read", "Other", ["id", "_meta", "a"]);
    permitColumns(context, "subscribe", "User", ["a"]);
    permitColumns(context, "append", "User", []);
    expect(asked).toEqual(["read User", "read User", "read Other", "subscribe User"]);
  });

  it("that ends while a request runs ends for its columns too", async () => {
    let decision: Decision = { allow: true };
    const context = await contextOf(() => decision);
    permit(context, "subscribe", "User");
    permitColumn(context, "subscribe", "User", "a");
    decision = { allow: true, columns: new Set() };
    permit(context, "subscribe", "User");
    expect(() => permitColumn(context, "subscribe", "User", "a")).toThrow("You may not see the column a of User");
    decision = NO;
    expect(() => permit(context, "subscribe", "User")).toThrow("You may not subscribe User: it is night.");
    expect(() => permitColumn(context, "subscribe", "User", "id")).toThrow("it is night");
  });

  it("to append is for all events and tombstones, unless they are limited", async () => {
    const all = await contextOf(() => ({ allow: true }));
    expect(() => permitEvent(all, "User", "Changed")).not.toThrow();
    expect(() => permitTombstone(all, "User")).not.toThrow();
    const some = await contextOf(() => ({ allow: true, events: new Set(["Changed"]), tombstones: false }));
    expect(() => permitEvent(some, "User", "Changed")).not.toThrow();
    expect(() => permitEvent(some, "User", "Made")).toThrow(
      "You may not append Made to User: it is not allowed to you.",
    );
    expect(() => permitTombstone(some, "User")).toThrow("You may not delete User");
  });
});
