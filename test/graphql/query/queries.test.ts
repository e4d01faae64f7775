import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Authorize } from "../../../src/security/authorize.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../harness.ts";

const USERS = [
  { _id: "1", firstname: "Ann", last_name: "Lee", password_hash: "secret" },
  { _id: "2", firstname: "Bob", last_name: "Lee", email: "bob@example.org" },
  { _id: "3", firstname: "Cid", last_name: "Ash", deactivated_at: new Date("2024-05-17T10:00:00.500Z") },
];

let api: Harness;

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const opened = await openHarness(appuser, options);
  await opened.store("users", USERS);
  return opened;
}

beforeEach(async () => {
  api = await open();
});

afterEach(async () => {
  await api.close();
});

describe("a key lookup", () => {
  it("shows the document with its meta", async () => {
    const result = await api.run(`{ user(id: "3") { id firstname email deactivated_at
      _meta { version topic partition offset eventType createdAt updatedAt } } }`);
    expect(dataOf(result)).toEqual({
      user: {
        id: "3",
        firstname: "Cid",
        email: null,
        deactivated_at: "2024-05-17T10:00:00.500Z",
        _meta: {
          version: "41",
          topic: "appuser",
          partition: 2,
          offset: "41",
          eventType: "app.user.UserChanged",
          createdAt: "2024-05-17T10:00:00.000Z",
          updatedAt: "2024-05-18T10:00:00.000Z",
        },
      },
    });
  });

  it("is null where there is no document", async () => {
    expect(dataOf(await api.run(`{ user(id: "none") { id } }`))).toEqual({ user: null });
  });

  it("is one read for all keys of a request, each asked for once", async () => {
    const result = await api.run(`
      query { a: user(id: "1") { ...name } b: user(id: "2") { ...name } again: user(id: "1") { id } c: user(id: "x") { id } }
      fragment name on User { firstname }`);
    expect(dataOf(result)).toEqual({ a: { firstname: "Ann" }, b: { firstname: "Bob" }, again: { id: "1" }, c: null });
    expect(api.finds.map(({ options }) => options.filter)).toEqual([{ _id: { $in: ["1", "2", "x"] } }]);
  });

  it("is read again by another request", async () => {
    await api.run(`{ user(id: "1") { id } }`);
    await api.run(`{ user(id: "1") { id } }`);
    expect(api.finds).toHaveLength(2);
  });

  it.each([
    ["", "KEY_INVALID"],
    ["é".repeat(513), "KEY_INVALID"],
    ["\uD800", "KEY_INVALID"],
  ])("refuses the id %j", async (id, code) => {
    const result = await api.run(`query ($id: ID!) { user(id: $id) { id } }`, { variables: { id } });
    expect(codes(result)).toEqual([code]);
    expect(api.finds).toEqual([]);
  });
});

describe("a list", () => {
  it("returns the aggregates of several ids in one read", async () => {
    const result = await api.run(`{ users(where: { id: { in: ["1", "3", "no"] } }) { id firstname } }`);
    expect(dataOf(result)).toEqual({
      users: [
        { id: "1", firstname: "Ann" },
        { id: "3", firstname: "Cid" },
      ],
    });
    expect(api.finds).toHaveLength(1);
  });

  it("is ordered by what is asked, then by the id", async () => {
    const result = await api.run(`{ users(orderBy: [{ last_name: ASC }, { id: DESC }, { firstname: ASC }]) { id } }`);
    expect(dataOf(result)).toEqual({ users: [{ id: "3" }, { id: "2" }, { id: "1" }] });
    await api.run(`{ users(orderBy: { last_name: DESC }) { id } }`);
    expect(api.finds.map(({ options }) => Object.entries(options.sort ?? {}))).toEqual([
      [
        ["last_name", 1],
        ["_id", -1],
      ],
      [
        ["last_name", -1],
        ["_id", -1],
      ],
    ]);
  });

  it("pages without overlap", async () => {
    const page = async (offset: number) => dataOf(await api.run(`{ users(limit: 2, offset: ${offset}) { id } }`));
    expect(await page(0)).toEqual({ users: [{ id: "1" }, { id: "2" }] });
    expect(await page(2)).toEqual({ users: [{ id: "3" }] });
  });

  it("is capped where no limit is given, or null", async () => {
    await api.run(`{ users { id } }`);
    await api.run(`{ users(limit: null, offset: null) { id } }`);
    expect(api.finds.map(({ options }) => [options.limit, options.skip])).toEqual([
      [100, 0],
      [100, 0],
    ]);
  });

  it("is empty with a limit of 0", async () => {
    expect(dataOf(await api.run(`{ users(limit: 0) { id } }`))).toEqual({ users: [] });
  });

  it("refuses a limit beyond the maximum, and says which it is", async () => {
    const result = await api.run(`{ users(limit: 1001) { id } }`);
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(messages(result)).toContain("at most 1000");
    expect(api.finds).toEqual([]);
  });

  it.each([
    "limit: -1",
    "offset: -1",
    "orderBy: {}",
    "orderBy: { id: ASC, email: ASC }",
    "orderBy: { id: null }",
    "where: { nope: {} }",
    "orderBy: { password_hash: ASC }",
    'where: { password_hash: { eq: "x" } }',
  ])("refuses %s", async (argument) => {
    expect(codes(await api.run(`{ users(${argument}) { id } }`))).toContain("BAD_USER_INPUT");
    expect(api.finds).toEqual([]);
  });

  it("reads only the columns that are asked for, through fragments too", async () => {
    await api.run(
      `{ users { id ... on User { email } ...rest } } fragment rest on User { again: firstname _meta { version } }`,
    );
    expect(api.finds[0]?.options.fields).toEqual(["email", "firstname", "_meta"]);
  });

  it("never shows a hidden column", async () => {
    expect(codes(await api.run(`{ users { password_hash } }`))).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("the policy", () => {
  const withPolicy = async (authorize: Authorize): Promise<Harness> => {
    const opened = await open({ authorize });
    onTestFinished(() => opened.close());
    return opened;
  };

  it("shuts both doors where it denies", async () => {
    const denied = await withPolicy(() => ({ allow: false, reason: "it is night" }));
    const result = await denied.run(`{ a: user(id: "1") { id } } `);
    expect(dataOf({ data: result.data ?? null })).toEqual({ a: null });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toContain("it is night");
    expect(codes(await denied.run(`{ users { id } }`))).toEqual(["FORBIDDEN"]);
    expect(denied.finds).toEqual([]);
  });

  it("limits what both doors show where it filters", async () => {
    const limited = await withPolicy(() => ({ allow: true, filter: { last_name: "Lee" } }));
    const result = await limited.run(`{ ash: user(id: "3") { id } lee: user(id: "1") { id } users { id }
      none: users(where: { last_name: { eq: "Ash" } }) { id } }`);
    expect(dataOf(result)).toEqual({ ash: null, lee: { id: "1" }, users: [{ id: "1" }, { id: "2" }], none: [] });
  });

  it("is asked about the caller, what they want and of which aggregate", async () => {
    const asked: unknown[] = [];
    const asking = await withPolicy((context, action, name) => {
      asked.push([context.headers["x-user"], action, name]);
      return { allow: true };
    });
    await asking.run(`{ users { id } }`, { headers: { "x-user": "ann" } });
    expect(asked).toEqual([["ann", "read", "User"]]);
  });
});

it("passes on that the read model is away, with its code", async () => {
  const away = await open();
  await away.close();
  const result = await away.run(`{ users { id } }`);
  expect(codes(result)).toEqual(["READ_MODEL_UNAVAILABLE"]);
  expect(result.errors?.[0]?.extensions["retriable"]).toBe(new EventQLError("READ_MODEL_UNAVAILABLE", "").retriable);
});
