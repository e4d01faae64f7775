import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeReceipt } from "../../../src/model/receipt.ts";
import type { Identity } from "../../../src/security/authorize.ts";
import type { Policies } from "../../../src/security/policies.ts";
import { type Harness, codes, messages, openHarness } from "../harness.ts";
import { authorizeBank, bank, identity } from "./policy-catalog.ts";

const policies: Policies = {
  Account: {
    auditor: { read: { columns: ["label"] } },
    owner: {
      read: { where: { owner: { eq: "$claims.sub" }, tenant: { eq: "eu" } } },
      append: ["Renamed"],
    },
    writer: { append: true, delete: true },
  },
  Branch: { anonymous: { read: true } },
};

/** Who calls. */
const callers: Readonly<Record<string, Identity | undefined>> = {
  admin: identity("admin"),
  auditor: identity("auditor"),
  owner: identity("owner", { sub: "ann" }),
  "owner without a claim": identity("owner"),
  writer: identity("writer"),
  stranger: identity("stranger"),
  anonymous: identity("anonymous"),
  nobody: undefined,
};

const RECEIPT = encodeReceipt({ topic: "accounts", partition: 0, offset: 0 });

const DOORS: Readonly<Record<string, string>> = {
  "lookup of one's own": `{ account(id: "1") { id label } }`,
  "lookup of another's": `{ account(id: "2") { id } }`,
  "lookup of none": `{ account(id: "9") { id } }`,
  "lookup of a row that a hidden column keeps away": `{ account(id: "3") { id } }`,
  "lookup with a column": `{ account(id: "1") { id balance } }`,
  list: `{ accounts { id } }`,
  "list with a column": `{ accounts { id ...columns } } fragment columns on Account { label balance }`,
  "list with a column that is left out": `{ accounts { id balance @include(if: false) tags @skip(if: true) } }`,
  "list by ids": `{ accounts(where: { id: { in: ["1", "2", "3"] } }) { id } }`,
  "list by a column": `{ accounts(where: { balance: { gt: "0" } }) { id } }`,
  "list by a column in depth": `{ accounts(where: { OR: [{ NOT: { AND: [{ balance: { isNull: true } }] } }] }) { id } }`,
  "list by everything": `{ accounts(where: { OR: [{ id: { ne: "" } }, { NOT: {} }] }) { id } }`,
  "list in the order of a column": `{ accounts(orderBy: [{ id: DESC }, { balance: ASC }]) { id } }`,
  "list that waits": `query @consistentWith(receipt: "${RECEIPT}") { accounts { id } }`,
  "another aggregate's list": `{ branches: branchs { id city } }`,
  "an event": `mutation { opened(id: "1", input: { owner: "eve" }, wait: APPENDED) { status } }`,
  "another event": `mutation { renamed(id: "1", input: { label: "x" }, wait: APPENDED) { status } }`,
  "an event and its document": `mutation { renamed(id: "1", input: {}) { status account { id label balance } } }`,
  "an event and another's document": `mutation { renamed(id: "2", input: {}) { status account { id } } }`,
  "a deletion": `mutation { deleteAccount(id: "1", wait: APPENDED) { status } }`,
  "the generation": `{ _generation }`,
};

/** What the roles without a policy of the accounts get. */
const NOTHING = "FORBIDDEN";
const EXPECTED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "lookup of one's own": {
    admin: row("1", { label: "A" }),
    auditor: row("1", { label: "A" }),
    owner: row("1", { label: "A" }),
  },
  "lookup of another's": { admin: row("2"), auditor: row("2"), owner: { account: null } },
  "lookup of none": { admin: { account: null }, auditor: { account: null }, owner: { account: null } },
  "lookup of a row that a hidden column keeps away": { admin: row("3"), auditor: row("3"), owner: { account: null } },
  "lookup with a column": {
    auditor: { account: { id: "1", balance: null }, code: "FORBIDDEN" },
    admin: row("1", { balance: "1" }),
    owner: row("1", { balance: "1" }),
  },
  list: { admin: rows("1", "2", "3"), auditor: rows("1", "2", "3"), owner: rows("1") },
  "list with a column": {
    admin: {
      accounts: [
        { id: "1", label: "A", balance: "1" },
        { id: "2", label: "B", balance: "2" },
        { id: "3", label: "C", balance: "3" },
      ],
    },
    owner: { accounts: [{ id: "1", label: "A", balance: "1" }] },
  },
  "list with a column that is left out": { admin: rows("1", "2", "3"), auditor: rows("1", "2", "3"), owner: rows("1") },
  "list by ids": { admin: rows("1", "2", "3"), auditor: rows("1", "2", "3"), owner: rows("1") },
  "list by a column": { admin: rows("1", "2", "3"), owner: rows("1") },
  "list by a column in depth": { admin: rows("1", "2", "3"), owner: rows("1") },
  "list by everything": { admin: rows("1", "2", "3"), auditor: rows("1", "2", "3"), owner: rows("1") },
  "list in the order of a column": { admin: rows("3", "2", "1"), owner: rows("1") },
  "list that waits": { admin: rows("1", "2", "3"), auditor: rows("1", "2", "3"), owner: rows("1") },
  "another aggregate's list": Object.fromEntries(
    ["admin", "anonymous", "nobody"].map((name) => [name, { branches: [{ id: "b", city: "Bern" }] }]),
  ),
  "an event": { admin: { opened: { status: "APPENDED" } }, writer: { opened: { status: "APPENDED" } } },
  "another event": Object.fromEntries(
    ["admin", "owner", "owner without a claim", "writer"].map((name) => [name, { renamed: { status: "APPENDED" } }]),
  ),
  "an event and its document": {
    admin: { renamed: { status: "PROJECTED", account: { id: "1", label: "A", balance: "1" } } },
    owner: { renamed: { status: "PROJECTED", account: { id: "1", label: "A", balance: "1" } } },
    "owner without a claim": { renamed: { status: "PROJECTED", account: null }, code: "FORBIDDEN" },
    writer: { renamed: { status: "PROJECTED", account: null }, code: "FORBIDDEN" },
  },
  "an event and another's document": {
    admin: { renamed: { status: "PROJECTED", account: { id: "2" } } },
    owner: { renamed: { status: "PROJECTED", account: null } },
    "owner without a claim": { renamed: { status: "PROJECTED", account: null }, code: "FORBIDDEN" },
    writer: { renamed: { status: "PROJECTED", account: null }, code: "FORBIDDEN" },
  },
  "a deletion": { admin: { deleteAccount: { status: "APPENDED" } }, writer: { deleteAccount: { status: "APPENDED" } } },
  "the generation": Object.fromEntries(Object.keys(callers).map((name) => [name, { _generation: 7 }])),
};

function row(id: string, columns: Readonly<Record<string, unknown>> = {}): unknown {
  return { account: { id, ...columns } };
}

function rows(...ids: readonly string[]): unknown {
  return { accounts: ids.map((id) => ({ id })) };
}

let api: Harness;

beforeAll(async () => {
  api = await openHarness(bank, { authorize: authorizeBank(policies) });
  await api.store("accounts", [
    { _id: "1", owner: "ann", label: "A", balance: 1, tenant: "eu" },
    { _id: "2", owner: "bob", label: "B", balance: 2, tenant: "eu" },
    { _id: "3", owner: "ann", label: "C", balance: 3, tenant: "us" },
  ]);
  await api.store("branchs", [{ _id: "b", city: "Bern" }]);
});

afterAll(async () => {
  await api.close();
});

async function knock(door: string, caller: string): Promise<unknown> {
  const who = callers[caller];
  const result = await api.run(DOORS[door] ?? "", who === undefined ? {} : { identity: who });
  const [code, ...more] = new Set(codes(result));
  expect(more).toEqual([]);
  const data: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(result.data ?? {}));
  const shown = Object.values(data).some((value) => value !== null);
  if (code === undefined) return data;
  return shown ? { ...data, code } : code;
}

const cases = Object.keys(DOORS).flatMap((door) =>
  Object.keys(callers).map((caller): [string, string] => [door, caller]),
);

it.each(cases)("%s, tried by %s", async (door, caller) => {
  const touched = api.finds.length + api.appends.length;
  const expected = EXPECTED[door]?.[caller] ?? NOTHING;
  expect(await knock(door, caller)).toEqual(expected);
  const isTouched = api.finds.length + api.appends.length > touched;
  expect(isTouched && expected === NOTHING).toBe(false);
});

describe("a refusal", () => {
  it("names the column and the role, once for a list", async () => {
    const result = await api.run(DOORS["list with a column"] ?? "", { identity: identity("auditor") });
    expect(result.errors).toHaveLength(1);
    expect(messages(result)).toBe(
      "You may not see the column balance of Account: it is not allowed to the role auditor.",
    );
  });

  it("of a column leaves the others of a document as they are", async () => {
    const result = await api.run(`{ account(id: "1") { id label balance tags } }`, { identity: identity("auditor") });
    expect(result.data).toMatchObject({ account: { id: "1", label: "A", balance: null, tags: null } });
    expect(result.errors?.map(({ path }) => path)).toEqual([
      ["account", "balance"],
      ["account", "tags"],
    ]);
  });

  it("of the document leaves the mutation's receipt as it is", async () => {
    const query = `mutation { renamed(id: "1", input: {}) { id receipt status account { id } } }`;
    const result = await api.run(query, { identity: identity("writer") });
    expect(result.data).toMatchObject({
      renamed: { id: "1", receipt: expect.any(String), status: "PROJECTED", account: null },
    });
    expect(result.errors?.map(({ path }) => path)).toEqual([["renamed", "account"]]);
  });

  it("names the event type", async () => {
    const result = await api.run(DOORS["an event"] ?? "", { identity: identity("owner", { sub: "ann" }) });
    expect(messages(result)).toBe("You may not append Opened to Account: it is not allowed to the role owner.");
  });

  it("doesn't tell the values of claims", async () => {
    const result = await api.run(`{ accounts { id } }`, { identity: identity("owner", { sub: { secret: "s3cret" } }) });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).not.toContain("s3cret");
  });
});

it.each(Object.keys(callers))("introspection is open to %s, and shows nothing that is hidden", async (caller) => {
  const who = callers[caller];
  const query = `{ __type(name: "Account") { fields { name } } where: __type(name: "AccountWhere") { inputFields { name } } }`;
  const text = JSON.stringify(await api.run(query, who === undefined ? {} : { identity: who }));
  expect(text).toContain("balance");
  expect(text).not.toContain("tenant");
});
