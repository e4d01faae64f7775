import DataLoader from "dataloader";
import { type ExecutionArgs, GraphQLError, subscribe } from "graphql";
import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { type GraphQLContext, isGraphQLContext } from "../../../src/graphql/context.ts";
import { Delivery } from "../../../src/graphql/subscription/delivery.ts";
import { type SharedOperation, sharedOperations } from "../../../src/graphql/subscription/shared-operations.ts";
import { SubscriptionStream } from "../../../src/graphql/subscription/stream.ts";
import type { Identity } from "../../../src/security/authorize.ts";
import { appuser } from "../example-catalogs.ts";
import { change } from "./items.ts";
import { Live } from "./live.ts";
import { countShown } from "./resolvers.ts";

const NAMES = "subscription { userChanges { id user { firstname } } }";

function user(sub: string): Identity {
  return { role: "user", claims: { sub }, expiresAt: undefined };
}

describe("what several ask for alike", () => {
  it("is executed once, and is the same text for all", async () => {
    const live = new Live(appuser);
    const count = countShown(live.schema);
    const inboxes = await Promise.all(Array.from({ length: 10 }, () => live.follow(NAMES)));
    live.changes.emit(change("1", { firstname: "Ada" }));
    live.changes.emit(change("2", { firstname: "Bea" }));
    expect(count.shown).toBe(2);
    expect(new Set(inboxes.map(({ texts }) => texts.join()))).toEqual(
      new Set([
        '{"data":{"userChanges":{"id":"1","user":{"firstname":"Ada"}}}},' +
          '{"data":{"userChanges":{"id":"2","user":{"firstname":"Bea"}}}}',
      ]),
    );
  });

  it.each([
    ["the same text in another layout", [NAMES, NAMES.replaceAll(" ", "\n")], [{}, {}], 1],
    ["other fields", [NAMES, NAMES.replace("id", "operation")], [{}, {}], 2],
    ["another alias", [NAMES, NAMES.replace("userChanges", "all: userChanges")], [{}, {}], 2],
    ["another role", [NAMES, NAMES], [{ identity: user("a") }, { identity: { ...user("a"), role: "b" } }], 2],
    ["another person", [NAMES, NAMES], [{ identity: user("a") }, { identity: user("b") }], 2],
    ["the same person again", [NAMES, NAMES], [{ identity: user("a") }, { identity: user("a") }], 1],
    ["a person and nobody", [NAMES, NAMES], [{ identity: user("a") }, {}], 2],
  ])("is told by what the result depends on: %s", async (_what, queries, asks, executions) => {
    const live = new Live(appuser);
    const count = countShown(live.schema);
    await Promise.all(queries.map((query, index) => live.follow(query, asks[index])));
    live.changes.emit(change("1", { firstname: "Ada" }));
    expect(count.shown).toBe(executions);
  });

  it("may follow different documents", async () => {
    const live = new Live(appuser);
    const count = countShown(live.schema);
    const query = "subscription ($id: ID!) { userChanges(where: { id: { eq: $id } }) { user { firstname } } }";
    for (const id of ["a", "b", "c"]) await live.follow(query, { variables: { id } });
    live.changes.emit(change("1"));
    expect(count.shown).toBe(1);
  });

  it("is told by the variables that decide what is shown", async () => {
    const live = new Live(appuser);
    const query = `subscription ($yes: Boolean!) {
      userChanges(snapshot: $yes) { id ...More }
    } fragment More on UserChange { user @include(if: $yes) { firstname } }`;
    const [shown, left] = await Promise.all([
      live.follow(query, { variables: { yes: true } }),
      live.follow(query, { variables: { yes: false } }),
    ]);
    live.changes.emit(change("1", { firstname: "Ada" }));
    expect(shown.results).toEqual([{ data: { userChanges: { id: "1", user: { firstname: "Ada" } } } }]);
    expect(left.results).toEqual([{ data: { userChanges: { id: "1" } } }]);
  });

  it("is told by the operation's name", async () => {
    const live = new Live(appuser);
    const query = "subscription A { userChanges { id } } subscription B { userChanges { operation } }";
    const [a, b] = await Promise.all([
      live.follow(query, { operationName: "A" }),
      live.follow(query, { operationName: "B" }),
    ]);
    live.changes.emit(change("1"));
    expect(a.results).toEqual([{ data: { userChanges: { id: "1" } } }]);
    expect(b.results).toEqual([{ data: { userChanges: { operation: "UPDATE" } } }]);
  });

  it("is told by who sees, where a policy may look at all of a request", async () => {
    const live = new Live(appuser, { sharing: "caller" });
    const count = countShown(live.schema);
    const caller = { headers: {}, remoteAddress: undefined };
    for (let n = 0; n < 3; n += 1) await live.follow(NAMES);
    for (let n = 0; n < 3; n += 1) await live.follow(NAMES, { caller });
    live.changes.emit(change("1"));
    expect(count.shown).toBe(4);
  });

  it("goes on when the one who asked first has gone", async () => {
    const live = new Live(appuser);
    const count = countShown(live.schema);
    const [first, second, third] = await Promise.all([live.follow(NAMES), live.follow(NAMES), live.follow(NAMES)]);
    first.close();
    live.changes.emit(change("1"));
    expect([first, second, third].map(({ results }) => results.length)).toEqual([0, 1, 1]);
    expect(count.shown).toBe(1);
  });
});

describe("a shared operation", () => {
  const mask = (error: unknown): GraphQLError => new GraphQLError(String(error));

  it("is kept as long as somebody has it", () => {
    const live = new Live(appuser);
    const operations = sharedOperations(mask, "identity");
    const join = (): SharedOperation => {
      const args = live.args(NAMES);
      return operations.join(args, contextOf(args), {});
    };
    const first = join();
    expect(join()).toBe(first);
    first.leave();
    expect(join()).toBe(first);
    first.leave();
    first.leave();
    expect(join()).not.toBe(first);
  });

  it("is left once by who ends, however they end", async () => {
    const operation = { resultOf: () => "{}", leave: vi.fn<() => void>() };
    const sink = { next: () => {}, hasRoom: () => true, room: async () => {}, end: () => {} };
    const stream = await SubscriptionStream.open({
      scope: {},
      after: undefined,
      openFeed: async () => ({ close: () => {} }),
      openGate: () => ({ refusal: () => undefined, close: () => {} }),
      onDelivered: () => {},
      onOver: () => {},
    });
    const feed = new Delivery(stream, operation, sink, mask).start();
    expect(operation.leave).not.toHaveBeenCalled();
    stream.end(new EventQLError("SHUTTING_DOWN", "bye"));
    feed.close();
    feed.close();
    expect(operation.leave).toHaveBeenCalledTimes(1);
  });
});

it("a result rests on nothing that was read for an earlier one", async () => {
  const live = new Live(appuser);
  const args = live.args(NAMES);
  const { loaders } = contextOf(args).session;
  const stream = await subscribe(args);
  if (!(Symbol.asyncIterator in stream)) throw new TypeError("it did not begin");
  loaders.set("users", new DataLoader(async (ids) => ids.map(() => null)));
  live.changes.emit(change("1"));
  await stream.next();
  expect(loaders.size).toBe(0);
});

function contextOf({ contextValue }: ExecutionArgs): GraphQLContext {
  if (typeof contextValue === "object" && contextValue !== null && isGraphQLContext(contextValue)) return contextValue;
  throw new TypeError("no context");
}
