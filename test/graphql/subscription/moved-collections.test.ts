import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { collectionNow, pipelineNow } from "../../../src/graphql/subscription/moved-collections.ts";
import { aggregate, catalogOf, column, nullable } from "../sketch.ts";
import { people } from "../query/relation/people.ts";
import { change } from "./items.ts";
import { Live } from "./live.ts";

const FOLLOW = "subscription { accountChanges { account { name owner { name } } } }";

/** As it is after the documents of users were made anew. */
const swapped: Catalog = {
  ...people,
  aggregates: people.aggregates.map((each) =>
    each.name === "User" ? { ...each, collection: `${each.collection}_0a1b2c3d` } : each,
  ),
};

/** Subscriptions whose reads say where they were made. */
function liveWith(newest: { catalog: Catalog }): Live {
  const find = async (collection: string): Promise<readonly object[]> => [{ _id: "u", name: `of ${collection}` }];
  const readModel = new Proxy(Object.create(null), { get: () => find });
  return new Live(people, { readModel, newestCatalog: () => newest.catalog });
}

describe("documents that a running subscription leads to", () => {
  it("are read where they are by now, whichever way it is followed", async () => {
    const newest = { catalog: people };
    const live = liveWith(newest);
    const inbox = await live.follow(FOLLOW);
    const iterated = await live.iterate(FOLLOW);
    const told = async (): Promise<readonly unknown[]> => {
      const next = iterated.next();
      live.changes.emit(change("1", { name: "Main", owner_id: "u" }));
      const { value } = await next;
      await expect.poll(() => inbox.results.length).toBeGreaterThan(0);
      return [...inbox.results.splice(0), value];
    };
    const expected = (name: string): unknown => ({
      data: { accountChanges: { account: { name: "Main", owner: { name } } } },
    });
    expect(await told()).toEqual(Array.from({ length: 2 }, () => expected("of users")));
    newest.catalog = swapped;
    expect(await told()).toEqual(Array.from({ length: 2 }, () => expected("of users_0a1b2c3d")));
  });
});

describe("a pipeline", () => {
  const pipeline = [
    { $match: { name: "x" } },
    { $lookup: { from: "users", pipeline: [{ $lookup: { from: "users", as: "b" } }, { $limit: 1 }], as: "a" } },
  ];
  const caller = { headers: {}, remoteAddress: undefined };

  it("of a subscription joins with what there is by now, however deep", () => {
    const context = createContext(liveWith({ catalog: swapped }).services, caller);
    context.session.isLive = true;
    const from = "users_0a1b2c3d";
    expect(pipelineNow(context, pipeline)).toEqual([
      { $match: { name: "x" } },
      { $lookup: { from, pipeline: [{ $lookup: { from, as: "b" } }, { $limit: 1 }], as: "a" } },
    ]);
    expect(collectionNow(context, "accounts")).toBe("accounts");
  });

  it("of a query reads as its catalog has it", () => {
    const context = createContext(liveWith({ catalog: swapped }).services, caller);
    expect(pipelineNow(context, pipeline)).toBe(pipeline);
    expect(collectionNow(context, "users")).toBe("users");
  });

  it.each(["hidden", "gone"])("joins with no documents of which a column is %s by now", (fate) => {
    const aggregates = swapped.aggregates.map((each) => {
      const columns = each.columns.map((one) => (one.name === "name" ? { ...one, hidden: true } : one));
      return { ...each, columns: fate === "hidden" ? columns : [] };
    });
    const context = createContext(liveWith({ catalog: { ...swapped, aggregates } }).services, caller);
    context.session.isLive = true;
    const changed = expect.objectContaining({
      code: "PROJECTION_CHANGED",
      message: expect.stringMatching(/of User .*'\w+' isn't/),
    });
    expect(() => collectionNow(context, "users")).toThrow(changed);
    expect(() => pipelineNow(context, pipeline)).toThrow(changed);
    expect(collectionNow(context, "accounts")).toBe("accounts");
  });

  it("of a collection that the newest catalog doesn't know any more stays", () => {
    const gone = catalogOf(aggregate("Other", { columns: [column("name", nullable("string"))] }));
    const context = createContext(liveWith({ catalog: gone }).services, caller);
    context.session.isLive = true;
    expect(collectionNow(context, "users")).toBe("users");
  });
});
