import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codes, dataOf } from "../../harness.ts";
import type { CountedHarness } from "./people.ts";

const USERS = 100;

/** What relations do, on any read model. */
export function relationSuite(open: () => Promise<CountedHarness>): void {
  let api: CountedHarness;

  beforeAll(async () => {
    api = await open();
    await store(api);
  });

  afterAll(async () => {
    await api.close();
  });

  const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> =>
    dataOf(await api.run(query, { variables }));

  describe("a relation to one", () => {
    test("shows the document whose id the column holds", async () => {
      expect(await ask(`{ user(id: "u1") { name account { id name balance } manager { id } } }`)).toEqual({
        user: {
          name: "User 1",
          account: { id: "a1", name: "Account 1", balance: "9007199254740993" },
          manager: { id: "u0" },
        },
      });
    });

    test("is null where the column is, and where there is no such document", async () => {
      expect(await ask(`{ user(id: "u0") { account { id } manager { id } } }`)).toEqual({
        user: { account: null, manager: null },
      });
    });

    test("goes around in circles", async () => {
      const query = `{ user(id: "u2") { account { owner { account { owner { id } users { id } } } } } }`;
      expect(await ask(query)).toEqual({
        user: { account: { owner: { account: { owner: { id: "u2" }, users: [{ id: "u2" }] } } } },
      });
    });

    test("reads no more of a document than what is selected, and what leads on from it", async () => {
      const [, accounts] = await api.counted(`{ user(id: "u1") { account { name owner { id } } } }`);
      expect(accounts?.asked).toMatchObject({ fields: ["name", "owner_id"] });
      const [, ids] = await api.counted(`{ user(id: "u1") { account { id } } }`);
      expect(ids?.asked).toMatchObject({ fields: [] });
    });

    test("knows a document by a number or a long", async () => {
      const query = `{ orders { id clerkUser: user { id } courierUser { id } } }`;
      expect(await ask(query)).toEqual({
        orders: [
          { id: "o1", clerkUser: { id: "7" }, courierUser: { id: "9007199254740993" } },
          { id: "o2", clerkUser: { id: "7" }, courierUser: { id: "-3" } },
          { id: "o3", clerkUser: null, courierUser: null },
        ],
      });
    });
  });

  describe("a relation to a list", () => {
    test("shows the documents in the order of the ids, without those that aren't there", async () => {
      expect(await ask(`{ user(id: "u1") { team_ids teams { id name } } }`)).toEqual({
        user: {
          team_ids: ["t3", "gone", "t1", "t3"],
          teams: [
            { id: "t3", name: "Team 3" },
            { id: "t1", name: "Team 1" },
            { id: "t3", name: "Team 3" },
          ],
        },
      });
    });

    test("is empty where the column is null", async () => {
      expect(await ask(`{ user(id: "u0") { teams { id } } }`)).toEqual({ user: { teams: [] } });
    });

    test("takes a part of the ids", async () => {
      expect(
        await ask(`{ user(id: "u1") { teams(limit: 2, offset: 2) { id } none: teams(limit: 0) { id } } }`),
      ).toEqual({
        user: { teams: [{ id: "t1" }, { id: "t3" }], none: [] },
      });
      expect(codes(await api.run(`{ user(id: "u1") { teams(limit: 1001) { id } } }`))).toEqual(["LIMIT_EXCEEDED"]);
    });
  });

  describe("a relation backwards", () => {
    test("shows the documents that have the id, by id", async () => {
      expect(await ask(`{ account(id: "a1") { users { id } } user(id: "u0") { users { id } } }`)).toEqual({
        account: { users: [{ id: "u1" }] },
        user: {
          users: Array.from({ length: 99 }, (_, i) => ({ id: `u${i + 1}` })).sort((a, b) => (a.id < b.id ? -1 : 1)),
        },
      });
    });

    test("takes a filter, an order and a page, for each of its parents", async () => {
      const query = `{ teams(where: { id: { ne: "t0" } }) {
        id users(where: { name: { ne: "User 3" } }, orderBy: [{ name: DESC }], limit: 2, offset: 1) { name }
      } }`;
      expect(await ask(query)).toEqual({
        teams: [
          { id: "$t4", users: [{ name: "User 92" }, { name: "User 88" }] },
          { id: "t1", users: [{ name: "User 93" }, { name: "User 9" }] },
          { id: "t2", users: [{ name: "User 94" }, { name: "User 90" }] },
          { id: "t3", users: [{ name: "User 95" }, { name: "User 91" }] },
        ],
      });
    });

    test("shows a document once though its list has the id twice", async () => {
      expect(await ask(`{ team(id: "t3") { users(where: { id: { in: ["u1", "u2"] } }) { id team_ids } } }`)).toEqual({
        team: { users: [{ id: "u1", team_ids: ["t3", "gone", "t1", "t3"] }] },
      });
    });

    test("knows numbers from texts that look like them", async () => {
      const query = `{ users(where: { id: { in: ["7", "007", "7.0", "9007199254740993", "9007199254740992", "-3", "-03"] } }) {
        id orders { id } ordersByCourier { id } reports { id }
      } }`;
      expect(await ask(query)).toEqual({
        users: [
          { id: "-03", orders: [], ordersByCourier: [], reports: [] },
          { id: "-3", orders: [], ordersByCourier: [{ id: "o2" }], reports: [] },
          { id: "007", orders: [], ordersByCourier: [], reports: [] },
          { id: "7", orders: [{ id: "o1" }, { id: "o2" }], ordersByCourier: [], reports: [{ id: "r1" }, { id: "r2" }] },
          { id: "7.0", orders: [], ordersByCourier: [], reports: [] },
          { id: "9007199254740992", orders: [], ordersByCourier: [], reports: [] },
          { id: "9007199254740993", orders: [], ordersByCourier: [{ id: "o1" }], reports: [{ id: "r1" }] },
        ],
      });
    });

    test("shows every kind of value, and `_meta`", async () => {
      expect(await ask(`{ user(id: "7") { orders(limit: 1) { id clerk courier total _meta { version } } } }`)).toEqual({
        user: {
          orders: [
            { id: "o1", clerk: 7, courier: "9007199254740993", total: "-9007199254740995", _meta: { version: "41" } },
          ],
        },
      });
    });

    test("orders by more than JavaScript's numbers can tell apart, and null comes first", async () => {
      expect(await ask(`{ user(id: "7") { orders(orderBy: [{ total: ASC }]) { id } } }`)).toEqual({
        user: { orders: [{ id: "o2" }, { id: "o1" }] },
      });
      expect(await ask(`{ user(id: "u2") { accounts: accounts(orderBy: [{ balance: DESC }]) { id } } }`)).toEqual({
        user: { accounts: [{ id: "a2" }, { id: "b2" }, { id: "c2" }] },
      });
    });

    test("refuses a page that is too large, and one that isn't there", async () => {
      expect(codes(await api.run(`{ accounts(limit: 2) { users(limit: 1001) { id } } }`))).toEqual(["LIMIT_EXCEEDED"]);
      expect(codes(await api.run(`{ accounts(limit: 2) { users(offset: -1) { id } } }`))).toEqual(["BAD_USER_INPUT"]);
      expect(codes(await api.run(`{ accounts(limit: 2) { users(where: { name: null }) { id } } }`))).toEqual([
        "BAD_USER_INPUT",
      ]);
    });

    test("is nothing with a limit of 0, and takes no read", async () => {
      expect(await api.counted(`{ accounts { users(limit: 0) { id } } }`)).toHaveLength(1);
    });
  });

  describe("the reads of a list", () => {
    test("of 100 users with their accounts are two", async () => {
      const query = `{ users(where: { name: { startsWith: "User" } }) { id account { name } } }`;
      const data = await ask(query);
      expect(data).toMatchObject({ users: expect.arrayContaining([{ id: "u99", account: { name: "Account 99" } }]) });
      expect(data).toHaveProperty("users.length", USERS);
      expect(shape(await api.counted(query))).toEqual(["find users", "find accounts"]);
    });

    test("are one more for each relation, whatever its kind", async () => {
      const query = `{ accounts { users { id } } }`;
      expect(shape(await api.counted(query))).toEqual(["find accounts", "aggregate users"]);
      const lists = `{ users { teams { id } manager { id } } }`;
      expect(shape(await api.counted(lists)).toSorted()).toEqual(["find teams", "find users", "find users"]);
    });

    test("are one more for each level", async () => {
      const query = `{ users { account { owner { teams { users(limit: 1) { account { id } } } } } } }`;
      expect(shape(await api.counted(query))).toEqual([
        "find users",
        "find accounts",
        "find users",
        "find teams",
        "aggregate users",
        "find accounts",
      ]);
    });

    test("don't repeat what a query has read already", async () => {
      const query = `{ user(id: "u1") { account { owner_id owner { account { owner_id } } } } }`;
      expect(shape(await api.counted(query))).toEqual(["find users", "find accounts", "find users"]);
    });

    test("are apart for lists that ask for different pages", async () => {
      const query = `{ accounts { first: users(limit: 1) { id } same: users(limit: 1) { id } other: users(limit: 2) { id } } }`;
      expect(shape(await api.counted(query))).toEqual(["find accounts", "aggregate users", "aggregate users"]);
    });
  });
}

function shape(calls: Awaited<ReturnType<CountedHarness["counted"]>>): readonly string[] {
  return calls.map(({ kind, collection }) => `${kind} ${collection}`);
}

async function store(api: CountedHarness): Promise<void> {
  const ids = Array.from({ length: USERS }, (_, i) => i);
  await api.store("users", [
    ...ids.map((i) => ({
      _id: `u${i}`,
      name: `User ${i}`,
      account_id: i === 0 ? "gone" : `a${i}`,
      manager_id: i === 0 ? null : "u0",
      team_ids: i === 0 ? null : i === 1 ? ["t3", "gone", "t1", "t3"] : [i % 4 === 0 ? "$t4" : `t${i % 4}`],
    })),
    ...["7", "007", "7.0", "9007199254740993", "9007199254740992", "-3", "-03"].map((_id) => ({ _id })),
  ]);
  await api.store("accounts", [
    ...ids.map((i) => ({ _id: `a${i}`, name: `Account ${i}`, balance: 2n ** 53n + BigInt(i), owner_id: `u${i}` })),
    { _id: "b2", balance: 5n, owner_id: "u2" },
    { _id: "c2", balance: null, owner_id: "u2" },
  ]);
  await api.store("teams", [
    ...["t0", "t1", "t2", "t3"].map((_id) => ({ _id, name: `Team ${_id.slice(1)}` })),
    { _id: "$t4", name: "Team 4" },
  ]);
  await api.store("orders", [
    { _id: "o1", clerk: 7, courier: 9007199254740993n, total: -9007199254740995n },
    { _id: "o2", clerk: 7, courier: -3n, total: -9007199254740996n },
    { _id: "o3", clerk: null, courier: 8n, total: 0n },
  ]);
  await api.store("reports", [
    { _id: "r1", reader_ids: [7n, 9007199254740993n, 7n] },
    { _id: "r2", reader_ids: [7n] },
    { _id: "r3", reader_ids: [] },
    { _id: "r4", reader_ids: null },
  ]);
}
