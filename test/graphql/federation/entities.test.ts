import { describe, expect, it, onTestFinished } from "vitest";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { type Authorize, allowAll } from "../../../src/security/authorize.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../harness.ts";
import { aggregate, catalogOf, column, nullable } from "../sketch.ts";

const catalog = catalogOf(
  ...appuser.aggregates,
  aggregate("Account", { columns: [column("balance", nullable("int")), column("owner", nullable("string"))] }),
);

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(catalog, options);
  onTestFinished(() => api.close());
  await api.store("users", [
    { _id: "1", firstname: "Ann", last_name: "Lee", password_hash: "secret" },
    { _id: "2", firstname: "Bob", last_name: "Ash" },
  ]);
  await api.store("accounts", [{ _id: "1", balance: 5, owner: "1" }]);
  return api;
}

const QUERY = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename ... on User { id firstname last_name } ... on Account { balance }
  }
}`;

describe("_entities", () => {
  it("reads what the keys stand for, in their order, by one read for each aggregate", async () => {
    const api = await open();
    const representations = [
      { __typename: "User", id: "2" },
      { __typename: "Account", id: "1" },
      { __typename: "User", id: "none" },
      { __typename: "User", id: 1, last_name: "what another subgraph has of it" },
      { __typename: "User", id: "2" },
    ];
    expect(dataOf(await api.run(QUERY, { variables: { representations } }))).toEqual({
      _entities: [
        { __typename: "User", id: "2", firstname: "Bob", last_name: "Ash" },
        { __typename: "Account", balance: 5 },
        null,
        { __typename: "User", id: "1", firstname: "Ann", last_name: "Lee" },
        { __typename: "User", id: "2", firstname: "Bob", last_name: "Ash" },
      ],
    });
    expect(api.finds.map(({ collection, options }) => [collection, options.filter])).toEqual([
      ["users", { _id: { $in: ["2", "none", "1"] } }],
      ["accounts", { _id: { $in: ["1"] } }],
    ]);
  });

  it("takes representations in the document, too", async () => {
    const api = await open();
    const query = `{ _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { firstname } } }`;
    expect(dataOf(await api.run(query))).toEqual({ _entities: [{ firstname: "Ann" }] });
  });

  it.each([
    [{ __typename: "Nobody", id: "1" }, "BAD_USER_INPUT", "__typename"],
    [{ __typename: "Query", id: "1" }, "BAD_USER_INPUT", "__typename"],
    [{ __typename: ["User"], id: "1" }, "BAD_USER_INPUT", "__typename"],
    [{ id: "1" }, "BAD_USER_INPUT", "__typename"],
    ["User", "BAD_USER_INPUT", "__typename"],
    [{ __typename: "User" }, "BAD_USER_INPUT", "must have its id"],
    [{ __typename: "User", id: { in: ["1"] } }, "BAD_USER_INPUT", "must have its id"],
    [{ __typename: "User", id: null }, "BAD_USER_INPUT", "must have its id"],
    [{ __typename: "User", id: "" }, "KEY_INVALID", "1 to 1024 bytes"],
  ])("refuses %j, and only that", async (wrong, code, text) => {
    const api = await open();
    const result = await api.run(QUERY, { variables: { representations: [wrong, { __typename: "User", id: "2" }] } });
    expect(codes(result)).toEqual([code]);
    expect(messages(result)).toContain(text);
    expect(result.errors?.[0]?.path).toEqual(["_entities", 0]);
    expect(dataOf({ data: result.data ?? null })).toMatchObject({ _entities: [null, { id: "2" }] });
  });

  it("takes so many at most as a list of a filter may have", async () => {
    const api = await open({ limits: { ...defaultLimits, maxInLength: 2 } });
    const representations = ["1", "2", "3"].map((id) => ({ __typename: "User", id }));
    const result = await api.run(QUERY, { variables: { representations } });
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(api.finds).toEqual([]);
  });

  it("shows the rows and columns that the caller may see", async () => {
    const authorize: Authorize = (_caller, _action, name) =>
      name === "Account"
        ? { allow: false, reason: "accounts are secret" }
        : { allow: true, filter: { last_name: "Lee" }, columns: new Set(["firstname"]) };
    const api = await open({ authorize });
    const representations = [
      { __typename: "User", id: "1" },
      { __typename: "User", id: "2" },
      { __typename: "Account", id: "1" },
    ];
    const result = await api.run(QUERY, { variables: { representations } });
    expect(dataOf({ data: result.data ?? null })).toEqual({
      _entities: [{ __typename: "User", id: "1", firstname: "Ann", last_name: null }, null, null],
    });
    expect(codes(result)).toEqual(expect.arrayContaining(["FORBIDDEN", "FORBIDDEN"]));
    expect(messages(result)).toContain("last_name");
    expect(messages(result)).toContain("accounts are secret");
  });

  it("knows no hidden column", async () => {
    const api = await open();
    const query = `{ _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { password_hash } } }`;
    expect(codes(await api.run(query))).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("_service", () => {
  const query = "{ _service { sdl } }";

  it("shows the SDL of the subgraph", async () => {
    const api = await open();
    expect(dataOf(await api.run(query))).toEqual({
      _service: { sdl: expect.stringContaining('type Account @key(fields: "id")') },
    });
  });

  it("shows nothing hidden", async () => {
    const api = await open();
    expect(JSON.stringify(dataOf(await api.run(query)))).not.toContain("password_hash");
  });

  it("is for administrators where introspection is off", async () => {
    const authorize: Authorize = (caller, action, name) =>
      caller.identity?.role === "admin" ? { allow: true } : allowAll(caller, action, name);
    const api = await open({ introspection: false, authorize });
    const refused = await api.run(query);
    expect(codes(refused)).toEqual(["FORBIDDEN"]);
    expect(JSON.stringify(refused)).not.toContain("type ");
    const identity = { role: "admin", claims: {}, expiresAt: undefined };
    expect(dataOf(await api.run(query, { identity }))).toMatchObject({ _service: { sdl: expect.any(String) } });
    expect(codes(await api.run(query, { identity: { ...identity, role: "reader" } }))).toEqual(["FORBIDDEN"]);
  });
});
