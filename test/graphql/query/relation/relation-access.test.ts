import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import type { Authorize, Scope } from "../../../../src/security/authorize.ts";
import { codes, dataOf, messages } from "../../harness.ts";
import { type CountedHarness, openCounted, people } from "./people.ts";

/** A policy that limits reading by aggregate: a scope, or `none`. */
type Reading = Readonly<Record<string, Scope | "none">>;

function reading(scopes: Reading): Authorize {
  return (_caller, action, aggregate) => {
    const scope = action === "read" ? (scopes[aggregate] ?? {}) : {};
    return scope === "none" ? { allow: false, reason: "the test says so" } : { allow: true, ...scope };
  };
}

let api: CountedHarness | undefined;

afterEach(async () => {
  await api?.close();
});

async function open(...options: Parameters<typeof openCounted> extends [unknown, ...infer Rest] ? Rest : never) {
  const opened = await openCounted(people, ...options);
  api = opened;
  await opened.store("accounts", [
    { _id: "a1", name: "mine", balance: 1n, owner_id: "u1" },
    { _id: "a2", name: "theirs", balance: 2n, owner_id: "u2" },
  ]);
  await opened.store("users", [
    { _id: "u1", name: "Ann", account_id: "a1", team_ids: ["t1", "t2"] },
    { _id: "u2", name: "Bob", account_id: "a2", team_ids: ["t2"] },
  ]);
  await opened.store("teams", [
    { _id: "t1", name: "red" },
    { _id: "t2", name: "blue" },
  ]);
  return opened;
}

describe("the documents that one may see", () => {
  test("are all that a relation shows", async () => {
    const opened = await open({
      authorize: reading({ Account: { filter: { name: "mine" } }, Team: { filter: { name: "blue" } } }),
    });
    expect(dataOf(await opened.run(`{ users { account { id } teams { id } } }`))).toEqual({
      users: [
        { account: { id: "a1" }, teams: [{ id: "t2" }] },
        { account: null, teams: [{ id: "t2" }] },
      ],
    });
  });

  test("are all that a relation backwards shows", async () => {
    const opened = await open({ authorize: reading({ User: { filter: { name: { $ne: "Ann" } } } }) });
    expect(dataOf(await opened.run(`{ teams { users { id } } accounts { users(limit: 5) { id } } }`))).toEqual({
      teams: [{ users: [] }, { users: [{ id: "u2" }] }],
      accounts: [{ users: [] }, { users: [{ id: "u2" }] }],
    });
  });

  test("are none where the aggregate may not be read, and nothing is read of it", async () => {
    const opened = await open({ authorize: reading({ Account: "none", Team: "none" }) });
    const result = await opened.run(`{ user(id: "u1") { name account { id } } }`);
    expect(result.data).toMatchObject({ user: { name: "Ann", account: null } });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(codes(await opened.run(`{ users { teams { id } } }`))).toEqual(["FORBIDDEN"]);
    expect(opened.calls.map(({ collection }) => collection)).toEqual(["users", "users"]);
  });

  test("are none backwards where the aggregate may not be read", async () => {
    const opened = await open({ authorize: reading({ User: "none" }) });
    expect(codes(await opened.run(`{ accounts { users { id } } }`))).toEqual(["FORBIDDEN"]);
    expect(codes(await opened.run(`{ accounts { users(limit: 0) { id } } }`))).toEqual(["FORBIDDEN"]);
    expect(opened.calls.map(({ collection }) => collection)).toEqual(["accounts", "accounts"]);
  });
});

describe("a column that one may not see", () => {
  const noReference = reading({ User: { columns: new Set(["name"]) } });

  test("leads nowhere", async () => {
    const opened = await open({ authorize: noReference });
    const one = await opened.run(`{ user(id: "u1") { name account { id } } }`);
    expect(one.data).toMatchObject({ user: { name: "Ann", account: null } });
    expect(messages(one)).toBe("You may not see the column account_id of User: it is not allowed to you.");
    const all = await opened.run(`{ users { name account { id } } }`);
    expect([all.data, codes(all)]).toEqual([null, ["FORBIDDEN"]]);
    expect(codes(await opened.run(`{ user(id: "u1") { teams { id } } }`))).toEqual(["FORBIDDEN"]);
    expect(opened.calls.map(({ collection }) => collection)).toEqual(["users", "users"]);
  });

  test("leads nowhere backwards", async () => {
    const opened = await open({ authorize: noReference });
    const result = await opened.run(`{ account(id: "a1") { users { name } } }`);
    expect(messages(result)).toBe("You may not see the column account_id of User: it is not allowed to you.");
    expect(opened.calls.map(({ collection }) => collection)).toEqual(["accounts"]);
  });

  test("is not shown of the documents that one is led to", async () => {
    const opened = await open({
      authorize: reading({ Account: { columns: new Set(["name"]) }, Team: { columns: new Set() } }),
    });
    const one = await opened.run(`{ user(id: "u1") { account { name balance } } }`);
    expect(one.data).toMatchObject({ user: { account: { name: "mine", balance: null } } });
    expect(codes(one)).toEqual(["FORBIDDEN"]);
    expect(codes(await opened.run(`{ user(id: "u1") { teams { id name } } }`))).toEqual(["FORBIDDEN"]);
    expect(codes(await opened.run(`{ user(id: "u1") { teams { id } } }`))).toEqual([]);
  });

  test.each([
    ["where", `users(where: { OR: [{ name: { eq: "Ann" } }] }) { id }`],
    ["orderBy", `users(orderBy: [{ name: ASC }]) { id }`],
    ["the selection", `users { id name }`],
  ])("can't be used in %s of documents backwards", async (_place, field) => {
    const opened = await open({ authorize: reading({ User: { columns: new Set(["account_id"]) } }) });
    expect(codes(await opened.run(`{ account(id: "a1") { ${field} } }`))).toEqual(["FORBIDDEN"]);
    expect(codes(await opened.run(`{ account(id: "a1") { users { id account { id } } } }`))).toEqual([]);
  });
});

describe("limits", () => {
  test("hold the pages of a relation together", async () => {
    const opened = await open({ limits: { ...defaultLimits, maxRelatedDocuments: 2 } });
    expect(codes(await opened.run(`{ accounts { users { id } } }`))).toEqual([]);
    const result = await opened.run(`{ teams { users { id } } }`);
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(messages(result)).toBe(
      "The pages of User hold more than 2 documents together: give the inner list a smaller `limit`, or ask for " +
        "fewer of the outer one.",
    );
    expect(codes(await opened.run(`{ teams { users(limit: 1) { id } } }`))).toEqual([]);
  });

  test("hold how many keys one read asks for", async () => {
    const opened = await open({ limits: { ...defaultLimits, maxInLength: 1 } });
    const query = `{ users { account { users { id } } } }`;
    expect(dataOf(await opened.run(query))).toEqual({
      users: [{ account: { users: [{ id: "u1" }] } }, { account: { users: [{ id: "u2" }] } }],
    });
    expect(opened.calls.map(({ collection }) => collection)).toEqual([
      "users",
      "accounts",
      "accounts",
      "users",
      "users",
    ]);
  });
});

describe("a mutation", () => {
  test("shows what its document leads to as it is then, causally", async () => {
    let written = 0;
    const opened = await open({
      outcome: async () => {
        written += 1;
        await opened.store(`more${written}`, []);
        await opened.store("accounts", [{ _id: `b${written}`, name: `new ${written}`, owner_id: "u1" }]);
        return "PROJECTED" as const;
      },
    });
    const result = await opened.run(`mutation {
      first: userChanged(id: "u1", input: {}) { user { account { name } accounts { id } } }
      second: userChanged(id: "u1", input: {}) { user { account { name } accounts { id } } }
    }`);
    expect(dataOf(result)).toEqual({
      first: { user: { account: { name: "mine" }, accounts: [{ id: "a1" }, { id: "b1" }] } },
      second: { user: { account: { name: "mine" }, accounts: [{ id: "a1" }, { id: "b1" }, { id: "b2" }] } },
    });
    expect(opened.calls.map(({ causal }) => causal)).toEqual(Array.from({ length: 6 }, () => true));
  });
});

describe("the schema", () => {
  test("shows no relation by a hidden column, nor to what isn't served", async () => {
    const opened = await open();
    const fieldsOf = async (type: string): Promise<unknown> =>
      JSON.parse(JSON.stringify(dataOf(await opened.run(`{ __type(name: "${type}") { fields { name } } }`))));
    const names = JSON.stringify([await fieldsOf("Account"), await fieldsOf("User")]);
    expect(names).toContain("owner_id");
    expect(names).not.toMatch(/payer|"region"|Elsewhere/i);
  });
});
