import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import { seal, unseal } from "../../../../src/model/sealed-text.ts";
import type { Authorize } from "../../../../src/security/authorize.ts";
import { appuser } from "../../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../../harness.ts";
import { aggregate, catalogOf, column, nullable } from "../../sketch.ts";

const USERS = [
  { _id: "1", firstname: "Ann", last_name: "Lee", password_hash: "secret" },
  { _id: "2", firstname: "Bob", last_name: "Lee", email: "bob@example.org" },
  { _id: "3", firstname: "Cid", last_name: "Ash" },
];

let api: Harness;

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const opened = await openHarness(appuser, options);
  onTestFinished(() => opened.close());
  await opened.store("users", USERS);
  return opened;
}

beforeEach(async () => {
  api = await openHarness(appuser);
  await api.store("users", USERS);
});

afterEach(async () => {
  await api.close();
});

const Cursors = z.object({ usersConnection: z.object({ edges: z.array(z.object({ cursor: z.string() })) }) });

/** The cursors of a page. */
async function cursorsOf(args: string): Promise<readonly string[]> {
  const result = await api.run(`{ usersConnection(${args}) { edges { cursor } } }`);
  return Cursors.parse(dataOf(result)).usersConnection.edges.map(({ cursor }) => cursor);
}

describe("a connection", () => {
  it("has edges, nodes, their number, and where the page stands", async () => {
    const fields = `{ edges { node { firstname } } nodes { id last_name } totalCount
      pageInfo { hasNextPage hasPreviousPage } }`;
    expect(
      dataOf(await api.run(`{ usersConnection(first: 2, orderBy: [{ last_name: DESC }, { id: ASC }]) ${fields} }`)),
    ).toEqual({
      usersConnection: {
        edges: [{ node: { firstname: "Ann" } }, { node: { firstname: "Bob" } }],
        nodes: [
          { id: "1", last_name: "Lee" },
          { id: "2", last_name: "Lee" },
        ],
        totalCount: 3,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      },
    });
  });

  it("is the first page of the usual size where nothing is said", async () => {
    const small = await open({ limits: { ...defaultLimits, defaultPageSize: 2 } });
    const args = "(first: null, last: null, after: null, before: null, orderBy: null, where: null)";
    for (const given of ["", args])
      expect(dataOf(await small.run(`{ usersConnection${given} { nodes { id } } }`))).toEqual({
        usersConnection: { nodes: [{ id: "1" }, { id: "2" }] },
      });
  });

  it("counts and pages what matches", async () => {
    const [first = ""] = await cursorsOf(`where: { last_name: { eq: "Lee" } }, first: 1`);
    const query = `query ($after: String) { usersConnection(where: { last_name: { eq: "Lee" } }, first: 1, after: $after) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`;
    expect(dataOf(await api.run(query, { variables: { after: first } }))).toEqual({
      usersConnection: {
        totalCount: 2,
        nodes: [{ id: "2" }],
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      },
    });
  });

  it("may be asked for nothing but whether there is anything", async () => {
    const query = `{ usersConnection(first: 0) { nodes { id } pageInfo { hasNextPage startCursor endCursor } } }`;
    expect(dataOf(await api.run(query))).toEqual({
      usersConnection: { nodes: [], pageInfo: { hasNextPage: true, startCursor: null, endCursor: null } },
    });
  });

  it("is between two cursors, from either end", async () => {
    const [first, , third] = await cursorsOf("orderBy: { firstname: ASC }");
    for (const slice of ["first", "last"]) {
      const query = `query ($after: String, $before: String) {
        usersConnection(orderBy: { firstname: ASC }, ${slice}: 5, after: $after, before: $before) {
          nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`;
      expect(dataOf(await api.run(query, { variables: { after: first, before: third } }))).toEqual({
        usersConnection: {
          nodes: [{ id: "2" }],
          pageInfo: { hasNextPage: slice === "last", hasPreviousPage: slice === "first" },
        },
      });
    }
  });

  it("goes on from a document that is gone", async () => {
    const [, second] = await cursorsOf("orderBy: { firstname: ASC }");
    const { readModel } = api.services;
    const checkpoint = { projection: "gone", topic: "t", partition: 0, next: 0, generation: 1, partitions: 1 };
    await readModel.openCheckpoint(checkpoint);
    const writes = [{ collection: "users", inserts: [], replacements: [], deletions: ["2"] }];
    await readModel.commit({ checkpoint: { ...checkpoint, next: 1 }, from: 0, writes });
    const query = `query ($after: String) { usersConnection(orderBy: { firstname: ASC }, after: $after) { nodes { id } } }`;
    expect(dataOf(await api.run(query, { variables: { after: second } }))).toEqual({
      usersConnection: { nodes: [{ id: "3" }] },
    });
  });

  it.each([
    ["first: 1, last: 1", "BAD_USER_INPUT", "not both"],
    ["first: -1", "BAD_USER_INPUT", "first is -1"],
    ["last: -1", "BAD_USER_INPUT", "last is -1"],
    ["first: 1001", "LIMIT_EXCEEDED", "at most 1000"],
    ["last: 1001", "LIMIT_EXCEEDED", "at most 1000"],
    ["orderBy: {}", "BAD_USER_INPUT", "OneOf"],
    ["orderBy: { password_hash: ASC }", "BAD_USER_INPUT", "password_hash"],
  ])("refuses %s", async (args, code, text) => {
    const result = await api.run(`{ usersConnection(${args}) { nodes { id } } }`);
    expect(codes(result)).toEqual([code]);
    expect(messages(result)).toContain(text);
    expect(api.finds).toEqual([]);
  });
});

describe("what is read", () => {
  it("is one page, of the columns that are selected or ordered by, through fragments and aliases", async () => {
    await api.run(`{ usersConnection(orderBy: { last_name: ASC }, first: 2) { ...page edges { cursor } pageInfo { hasNextPage } } }
      fragment page on UserConnection { nodes { ... on User { email } } items: edges { one: node { firstname } } }`);
    expect(api.finds).toHaveLength(1);
    expect(api.finds[0]?.options).toMatchObject({
      limit: 3,
      fields: expect.arrayContaining(["firstname", "email", "last_name", "_id"]),
    });
  });

  it("is nothing but the count where only that is selected, and no count where it isn't", async () => {
    const { readModel } = api.services;
    const aggregated = vi.spyOn(readModel, "aggregate");
    await api.run(`{ usersConnection { totalCount } }`);
    expect([aggregated.mock.calls.length, api.finds.length]).toEqual([1, 0]);
    await api.run(`{ usersConnection { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`);
    expect([aggregated.mock.calls.length, api.finds.length]).toEqual([1, 1]);
  });
});

describe("a where that asks of related documents", () => {
  const related = catalogOf(
    ...appuser.aggregates,
    aggregate("Account", {
      columns: [column("balance", nullable("int")), column("owner_id", nullable("string"), { references: "User" })],
    }),
  );

  it("chooses what is paged, counted and told apart", async () => {
    const joined = await openHarness(related);
    onTestFinished(() => joined.close());
    await joined.store("users", USERS);
    await joined.store(
      "accounts",
      ["a", "b", "c", "d"].map((id, index) => ({ _id: id, balance: index, owner_id: id === "b" ? "3" : "1" })),
    );
    const where = `where: { owner: { last_name: { eq: "Lee" } } }`;
    const query = `query ($after: String) {
      accountsConnection(${where}, orderBy: { balance: DESC }, first: 1, after: $after) {
        totalCount nodes { id owner { firstname } } pageInfo { hasNextPage hasPreviousPage } }
      accounts(${where}, distinct: [owner_id], orderBy: { balance: DESC }) { id }
    }`;
    const after = seal(["Account", "-balance -_id", [2, "c"]]);
    expect(dataOf(await joined.run(query, { variables: { after } }))).toEqual({
      accountsConnection: {
        totalCount: 3,
        nodes: [{ id: "a", owner: { firstname: "Ann" } }],
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      },
      accounts: [{ id: "d" }],
    });
  });
});

describe("what the read model is asked after a cursor", () => {
  it("is an alternative for each column that may be the first to differ, so that an index of them serves each", async () => {
    const after = seal(["User", "-last_name +email +_id", ["Lee", null, "1"]]);
    const query = `query ($after: String) { usersConnection(after: $after, first: 5,
      orderBy: [{ last_name: DESC }, { email: ASC }, { id: ASC }]) { nodes { id } } }`;
    expect(dataOf(await api.run(query, { variables: { after } }))).toEqual({
      usersConnection: { nodes: [{ id: "2" }, { id: "3" }] },
    });
    expect(api.finds.map(({ options }) => options.filter)).toEqual([
      {
        $or: [
          { last_name: { $not: { $gte: "Lee" } } },
          { $and: [{ last_name: { $eq: "Lee" } }, { email: { $ne: null } }] },
          { $and: [{ last_name: { $eq: "Lee" } }, { email: { $eq: null } }, { _id: { $gt: "1" } }] },
        ],
      },
    ]);
  });
});

describe("a cursor", () => {
  const query = `query ($cursor: String, $order: [UserOrderBy!]) {
    after: usersConnection(after: $cursor, orderBy: $order) { nodes { id } } }`;

  it("holds what the document is ordered by, and nothing else", async () => {
    const [first = ""] = await cursorsOf("orderBy: { last_name: DESC }");
    expect(unseal(first)).toEqual(["User", "-last_name -_id", ["Lee", "2"]]);
  });

  it.each([
    ["made up", "made-up"],
    ["of another list", seal(["Account", "+_id", ["1"]])],
    ["of another order", seal(["User", "-_id", ["1"]])],
    ["short of a value", seal(["User", "+_id", []])],
    ["with a value too many", seal(["User", "+_id", ["1", "2"]])],
    ["with a value of another kind", seal(["User", "+_id", [1]])],
    ["with an operator in it", seal(["User", "+_id", [{ $gt: "" }]])],
    ["with a null key", seal(["User", "+_id", [null]])],
    ["of no values", seal(["User", "+_id"])],
    ["of nothing", seal({})],
    ["empty", ""],
  ])("that is %s is refused, and the argument named", async (_what, cursor) => {
    const result = await api.run(query, { variables: { cursor, order: [] } });
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toMatch(/^after must be a cursor/);
    const before = `query ($cursor: String) { usersConnection(before: $cursor) { totalCount } }`;
    expect(messages(await api.run(before, { variables: { cursor } }))).toMatch(/^before must be a cursor/);
    expect(api.finds).toEqual([]);
  });

  it("that was damaged is refused", async () => {
    const [first = ""] = await cursorsOf("first: 3");
    const cursor = `${first.slice(0, -3)}${first.at(-3) === "A" ? "B" : "A"}${first.slice(-2)}`;
    expect(codes(await api.run(query, { variables: { cursor, order: [] } }))).toEqual(["BAD_USER_INPUT"]);
  });

  it("is refused with another order, and taken with one that comes to the same", async () => {
    const [first = ""] = await cursorsOf("orderBy: { last_name: ASC }");
    const run = async (order: unknown) => await api.run(query, { variables: { cursor: first, order } });
    expect(codes(await run([{ last_name: "DESC" }]))).toEqual(["BAD_USER_INPUT"]);
    expect(codes(await run([{ firstname: "ASC" }]))).toEqual(["BAD_USER_INPUT"]);
    expect(dataOf(await run([{ last_name: "ASC" }, { id: "ASC" }]))).toEqual({
      after: { nodes: [{ id: "1" }, { id: "2" }] },
    });
  });
});

describe("the policy", () => {
  const withPolicy = async (authorize: Authorize): Promise<Harness> => await open({ authorize });

  it("shuts it where it denies", async () => {
    const denied = await withPolicy(() => ({ allow: false, reason: "it is night" }));
    for (const field of ["nodes { id }", "totalCount", "pageInfo { hasNextPage }"])
      expect(codes(await denied.run(`{ usersConnection { ${field} } }`))).toEqual(["FORBIDDEN"]);
  });

  it("limits what is shown, counted and told of other pages to the rows that may be seen", async () => {
    const limited = await withPolicy(() => ({ allow: true, filter: { last_name: "Ash" } }));
    const after = seal(["User", "+_id", ["2"]]);
    const query = `query ($after: String) { usersConnection(after: $after) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`;
    expect(dataOf(await limited.run(query, { variables: { after } }))).toEqual({
      usersConnection: {
        totalCount: 1,
        nodes: [{ id: "3" }],
        pageInfo: { hasNextPage: false, hasPreviousPage: false },
      },
    });
  });

  it.each([
    ["where", `where: { email: { isNull: true } }`, "totalCount"],
    ["orderBy", `orderBy: { email: ASC }`, "totalCount"],
    ["its nodes", "first: 1", "nodes { email }"],
    ["its edges", "first: 1", "edges { node { email } }"],
  ])("shuts columns in %s", async (_where, args, fields) => {
    const limited = await withPolicy(() => ({ allow: true, columns: new Set(["firstname"]) }));
    const result = await limited.run(`{ usersConnection(${args}) { ${fields} } }`);
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toContain("email");
    expect(limited.finds).toEqual([]);
  });
});

it("is ordered by so many columns at most as MongoDB sorts by", async () => {
  const names = Array.from({ length: 32 }, (_none, index) => `c${index}`);
  const wide = await openHarness(
    catalogOf(aggregate("Row", { columns: names.map((name) => column(name, nullable("int"))) })),
  );
  onTestFinished(() => wide.close());
  const run = async (field: string, count: number): Promise<readonly unknown[]> => {
    const order = names.slice(0, count).map((name) => `{ ${name}: ASC }`);
    return codes(await wide.run(`{ ${field.replace("$", `(orderBy: [${order.join(" ")}])`)} }`));
  };
  for (const field of ["rows$ { id }", "rowsConnection$ { nodes { id } }"]) {
    expect(await run(field, 31)).toEqual([]);
    expect(await run(field, 32)).toEqual(["LIMIT_EXCEEDED"]);
  }
});
