import { afterEach, describe, expect, test, vi } from "vitest";
import type { Authorize, Scope } from "../../../../src/security/authorize.ts";
import { openEmbeddedReadModel } from "../../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { dataOf } from "../../harness.ts";
import { change } from "../../subscription/items.ts";
import { Live } from "../../subscription/live.ts";
import { type Call, type CountedHarness, noting, openCounted, people } from "./people.ts";

/** Subscriptions over a read model, with its reads. */
interface LiveWorld {
  readonly live: Live;
  readonly calls: Call[];
  readonly store: (...args: Parameters<CountedHarness["store"]>) => Promise<void>;
}

let stored: CountedHarness | undefined;

afterEach(async () => {
  await stored?.close();
});

async function open(authorize?: Authorize, sharing: "identity" | "caller" = "identity"): Promise<LiveWorld> {
  const model = openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
  const calls: Call[] = [];
  const live = new Live(people, { readModel: noting(model, calls), sharing, ...(authorize && { authorize }) });
  const world = await openCounted(people, { readModel: model });
  stored = world;
  await world.store("accounts", [
    { _id: "a1", name: "one", balance: 1n, owner_id: "u1" },
    { _id: "a2", name: "two", balance: 2n, owner_id: "u1" },
  ]);
  await world.store("users", [
    { _id: "u0", name: "Zoe", account_id: "a2" },
    { _id: "u1", name: "Ann", account_id: "a1", manager_id: "u0" },
  ]);
  return { live, calls, store: (...args) => world.store(...args) };
}

/** One policy for all callers: scopes by action and aggregate, all else is allowed. */
function policy(scopes: Readonly<Record<string, Scope | "none">>): Authorize {
  return (_caller, action, aggregate) => {
    const scope = scopes[`${action} ${aggregate}`] ?? {};
    return scope === "none" ? { allow: false, reason: "the test says so" } : { allow: true, ...scope };
  };
}

const ACCOUNTS = `subscription { userChanges { user { account { name } accounts { id } } } }`;

describe("a subscription", () => {
  test("shows with each item what it leads to then", async () => {
    const { live, store } = await open();
    const inbox = await live.follow(ACCOUNTS);
    live.changes.emit(change("u1", { account_id: "a1" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(1));
    await store("accounts", [{ _id: "a3", name: "three", owner_id: "u1" }]);
    live.changes.emit(change("u1", { account_id: "a3" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(2));
    expect(inbox.results.map(dataOf)).toEqual([
      { userChanges: { user: { account: { name: "one" }, accounts: [{ id: "a1" }, { id: "a2" }] } } },
      { userChanges: { user: { account: { name: "three" }, accounts: [{ id: "a1" }, { id: "a2" }, { id: "a3" }] } } },
    ]);
  });

  test("shows it anew though it was shown before, also in the general way", async () => {
    const { live, calls } = await open();
    const stream = await live.iterate(ACCOUNTS);
    for (let round = 1; round <= 2; round++) {
      live.changes.emit(change("u1", { account_id: "a1" }));
      await expect(stream.next()).resolves.toMatchObject({
        value: { data: { userChanges: { user: { account: { name: "one" } } } } },
      });
      expect(calls).toHaveLength(2 * round);
    }
    expect(calls.every(({ causal }) => causal)).toBe(true);
  });

  test("reads once for a burst of items, and delivers them in order", async () => {
    const { live, calls } = await open();
    const inbox = await live.follow(`subscription { userChanges { id user { account { name } accounts { id } } } }`);
    for (let i = 0; i < 50; i++) live.changes.emit(change(`u${i}`, { account_id: i % 2 === 0 ? "a1" : "a2" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(50));
    expect(calls.map(({ kind }) => kind)).toEqual(["find", "aggregate"]);
    expect(inbox.results.map(dataOf)).toEqual(
      Array.from({ length: 50 }, (_, i) => ({
        userChanges: {
          id: `u${i}`,
          user: {
            account: { name: i % 2 === 0 ? "one" : "two" },
            accounts: i === 1 ? [{ id: "a1" }, { id: "a2" }] : [],
          },
        },
      })),
    );
  });

  test("that several share reads once for all of them", async () => {
    const { live, calls } = await open();
    const inboxes = [await live.follow(ACCOUNTS), await live.follow(ACCOUNTS), await live.follow(ACCOUNTS)];
    live.changes.emit(change("u1", { account_id: "a1" }));
    await vi.waitFor(() => expect(inboxes.map(({ results }) => results.length)).toEqual([1, 1, 1]));
    expect(calls).toHaveLength(2);
    expect(new Set(inboxes.flatMap(({ texts }) => texts)).size).toBe(1);
  });
});

describe("what subscribers may see of what an item leads to", () => {
  test("is each one's own, though they ask the same", async () => {
    const authorize: Authorize = ({ identity }, _action, aggregate) =>
      aggregate === "Account" && identity?.role === "some" ? { allow: true, filter: { name: "two" } } : { allow: true };
    const { live } = await open(authorize);
    const [some, all] = await Promise.all(
      ["some", "all"].map((role) => live.follow(ACCOUNTS, { identity: { role, claims: {}, expiresAt: undefined } })),
    );
    live.changes.emit(change("u1", { account_id: "a1" }));
    await vi.waitFor(() => expect([some?.results.length, all?.results.length]).toEqual([1, 1]));
    expect(some?.results).toEqual([{ data: { userChanges: { user: { account: null, accounts: [{ id: "a2" }] } } } }]);
    expect(all?.results).toMatchObject([{ data: { userChanges: { user: { account: { name: "one" } } } } }]);
  });

  test("is what they may see then, not what they could when they subscribed", async () => {
    let account: Scope | "none" = {};
    const { live } = await open((...asked) => policy({ "read Account": account })(...asked), "caller");
    const caller = { headers: {}, remoteAddress: undefined };
    const query = `subscription { userChanges { user { account { name balance } } } }`;
    const inbox = await live.follow(query, { caller });
    const scopes: readonly (Scope | "none")[] = [
      {},
      { columns: new Set(["balance"]) },
      { filter: { name: "two" } },
      "none",
    ];
    for (const [i, scope] of scopes.entries()) {
      account = scope;
      live.changes.emit(change("u1", { account_id: "a1" }));
      await vi.waitFor(() => expect(inbox.results).toHaveLength(i + 1));
    }
    expect(inbox.results.map(({ data, errors }) => [data?.["userChanges"], errors?.length ?? 0])).toEqual([
      [{ user: { account: { name: "one", balance: "1" } } }, 0],
      [{ user: { account: { name: null, balance: "1" } } }, 1],
      [{ user: { account: null } }, 0],
      [{ user: { account: null } }, 1],
    ]);
  });

  test("is apart where the policy says otherwise by now", async () => {
    let account: Scope | "none" = {};
    const { live, calls } = await open((...asked) => policy({ "read Account": account })(...asked));
    const query = `subscription { userChanges { user { account { name } } } }`;
    const before = await live.follow(query);
    account = { columns: new Set(["balance"]) };
    const after = await live.follow(query);
    live.changes.emit(change("u1", { account_id: "a1" }));
    await vi.waitFor(() => expect([before.results.length, after.results.length]).toEqual([1, 1]));
    expect(calls).toHaveLength(2);
  });

  test("takes the permission to read it, not the one to subscribe to it", async () => {
    const { live } = await open(policy({ "subscribe Account": "none" }));
    const inbox = await live.follow(
      `subscription { userChanges { user { account { name } accounts { id balance } } } }`,
    );
    live.changes.emit(change("u1", { account_id: "a1" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(1));
    expect(inbox.results).toEqual([
      {
        data: {
          userChanges: {
            user: {
              account: { name: "one" },
              accounts: [
                { id: "a1", balance: "1" },
                { id: "a2", balance: "2" },
              ],
            },
          },
        },
      },
    ]);
  });

  test("is what they may read, where they may see less of what they have subscribed to", async () => {
    const { live } = await open(policy({ "subscribe User": { columns: new Set(["manager_id"]) } }));
    const inbox = await live.follow(`subscription { userChanges { user { name manager { name users { name } } } } }`);
    live.changes.emit(change("u1", { name: "Ann", manager_id: "u0" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(1));
    expect(inbox.results).toMatchObject([
      { data: { userChanges: { user: { name: null, manager: { name: "Zoe", users: [{ name: "Ann" }] } } } } },
    ]);
    expect(inbox.results[0]?.errors).toMatchObject([{ path: ["userChanges", "user", "name"] }]);
  });

  test("is nothing where they may not see the column that leads to it", async () => {
    const { live, calls } = await open(policy({ "subscribe User": { columns: new Set(["name"]) } }));
    const inbox = await live.follow(`subscription { userChanges { user { name account { name } } } }`);
    live.changes.emit(change("u1", { name: "Ann", account_id: "a1" }));
    await vi.waitFor(() => expect(inbox.results).toHaveLength(1));
    expect(inbox.results).toMatchObject([{ data: { userChanges: { user: { name: "Ann", account: null } } } }]);
    expect(inbox.results[0]?.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect(calls).toEqual([]);
  });
});
