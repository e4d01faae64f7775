import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Routes } from "../../../src/rest/route-config.ts";
import { appuser, everyType } from "../../graphql/example-catalogs.ts";
import { owned } from "../../graphql/owned-catalogs.ts";
import { aggregate, catalogOf, column, eventType, field, needed, nullable, record } from "../../graphql/sketch.ts";
import { type RestServer, startRest } from "./rest-server.ts";

const ROUTES: Routes = {
  "POST /users": { event: "UserChanged", wait: "PROJECTED" },
  "PUT /users/{id}": { event: "UserChanged" },
  "GET /users/{id}": { read: "User" },
  "DELETE /users/{id}": { delete: "User" },
  "POST /users/{id}/email": {
    event: "app.user.UserEmailChanged",
    wait: "PROJECTED",
    columns: ["email", "id"],
    status: 200,
  },
  "PUT /teams/{last_name}/users/{id}": { event: "UserChanged", fields: { first_name: "{?first}" } },
};

const ANN = { first_name: "Ann", last_name: "Lee" };

describe("an event's route", () => {
  it("appends the event, and answers with the document that it waits for", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    await api.store("users", [{ _id: "made-by-the-appender", firstname: "Ann", last_name: "Lee", password_hash: "h" }]);
    const { status, body, headers } = await send("POST /users", ANN);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: "made-by-the-appender",
      receipt: expect.any(String),
      status: "PROJECTED",
      document: { id: "made-by-the-appender", firstname: "Ann", last_name: "Lee", email: null, deactivated_at: null },
    });
    expect(headers.get("location")).toBe("/users/made-by-the-appender");
    expect(headers.get("etag")).toBe('"41"');
    expect(api.appends).toMatchObject([{ eventType: { name: "UserChanged" }, payload: ANN }]);
  });

  it("waits for nothing by default", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    const { status, body } = await send("PUT /users/1", ANN);
    expect([status, body]).toEqual([202, { id: "1", receipt: expect.any(String), status: "APPENDED" }]);
    expect(api.waits).toEqual([]);
  });

  it("has its own status and columns where they are configured", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    await api.store("users", [{ _id: "1", email: "a@b.c" }]);
    const { status, body } = await send("POST /users/1/email", { email: "a@b.c" });
    expect([status, body?.["document"]]).toEqual([200, { email: "a@b.c", id: "1" }]);
  });

  it("takes no body where every field may be left out", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    expect((await send("POST /users/1/email")).status).toBe(200);
    expect(api.appends).toMatchObject([{ payload: {} }]);
  });

  it("is filled by parameters of the path and of the query", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    expect((await send("PUT /teams/Red%20Ones/users/7?first=Ann")).status).toBe(202);
    expect(api.appends).toMatchObject([{ id: "7", payload: { first_name: "Ann", last_name: "Red Ones" } }]);
  });

  it.each([
    [
      "PUT /teams/Red/users/7",
      undefined,
      { parameter: "first", detail: "the query parameter first is missing: give a text" },
    ],
    [
      "PUT /teams/Red/users/7?first=A&first=B",
      undefined,
      { parameter: "first", detail: "the query parameter first is given twice" },
    ],
    [
      "PUT /teams/Red/users/7?firts=A",
      undefined,
      { parameter: "firts", detail: expect.stringContaining("no query parameter firts") },
    ],
    [
      "PUT /teams/Red/users/7?first=A",
      { last_name: "B" },
      { pointer: "#/last_name", detail: "last_name is given by the path parameter last_name: leave it out here" },
    ],
  ])("refuses %s %j", async (on, body, part) => {
    const { send, api } = await startRest(appuser, ROUTES);
    const answer = await send(on, body);
    expect([answer.status, answer.body?.["errors"]]).toEqual([400, expect.arrayContaining([part])]);
    expect(api.appends).toEqual([]);
  });

  it("promises nothing that its topic can't keep", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    for (const header of ["idempotency-key", "if-match"]) {
      const { status, body } = await send("PUT /users/1", ANN, { [header]: "*" });
      expect([status, body]).toMatchObject([400, { code: "NOT_OWNED" }]);
    }
    expect(api.appends).toEqual([]);
  });

  it("answers 202 where the projection is late, or can't apply the event", async () => {
    for (const outcome of [
      () => "DEAD_LETTERED" as const,
      () => Promise.reject(new EventQLError("NOT_YET_PROJECTED", "late")),
    ]) {
      const { send } = await startRest(appuser, ROUTES, { outcome });
      const { status, body } = await send("POST /users", ANN);
      expect([status, body]).toMatchObject([202, { status: expect.stringMatching(/^(PENDING|DEAD_LETTERED)$/) }]);
      expect(body).not.toHaveProperty("document");
    }
  });

  it.each([
    ["APPEND_FAILED", 503],
    ["APPEND_UNKNOWN", 504],
    ["EVENT_LOG_UNAVAILABLE", 503],
    ["EVENT_TOO_LARGE", 413],
    ["KEY_INVALID", 400],
    ["INTERNAL", 500],
  ] as const)("answers %s with %i", async (code, status) => {
    const { send } = await startRest(appuser, ROUTES, { appendFails: new EventQLError(code, "the secret inside") });
    const answer = await send("PUT /users/1", ANN);
    expect([answer.status, answer.body]).toMatchObject([status, { code }]);
    expect(answer.text.includes("secret")).toBe(code !== "INTERNAL");
  });

  it("of an owned topic is a command", async () => {
    const routes: Routes = {
      "POST /accounts": { event: "AccountOpened" },
      "POST /accounts/{id}": { event: "MoneyMoved" },
    };
    const { send, api } = await startRest(owned, routes);
    expect((await send("POST /accounts", { owner: "Ann" }, { "if-none-match": "*" })).status).toBe(202);
    expect(
      (await send("POST /accounts/1", { amount: "9223372036854775807" }, { "idempotency-key": "k" })).body,
    ).toMatchObject({ commandId: "k" });
    expect(api.sent).toMatchObject([
      { kind: "event", ifVersion: "NO_STREAM", payload: { owner: "Ann" } },
      { kind: "event", commandId: "k", payload: { amount: 9223372036854775807n } },
    ]);
  });
});

describe("a deletion's route", () => {
  it("appends a tombstone", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    expect((await send("DELETE /users/1")).body).toEqual({ id: "1", receipt: expect.any(String), status: "APPENDED" });
    expect(api.appends).toEqual([{ tombstone: "1" }]);
  });

  it("takes no body", async () => {
    const { send } = await startRest(appuser, ROUTES);
    expect((await send("DELETE /users/1", { a: 1 })).status).toBe(400);
  });
});

describe("a document's route", () => {
  it("waits for the receipts of the header, and refuses what is none", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    const { headers } = await send("PUT /users/1", ANN);
    const receipt = headers.get("eventql-receipt") ?? "";
    expect((await send("GET /users/1", undefined, { "eventql-consistent-with": receipt })).status).toBe(200);
    expect(api.waits).toHaveLength(1);
    const wrong = await send("GET /users/1", undefined, { "eventql-consistent-with": "x" });
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: "RECEIPT_INVALID" }]);
  });

  it("answers HEAD as GET, without the document", async () => {
    const { send, api } = await startRest(appuser, ROUTES);
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    const { status, text, headers } = await send("HEAD /users/1");
    expect([status, text, headers.get("etag")]).toEqual([200, "", '"41"']);
  });

  it("has those columns that the caller may see, and refuses those that are named", async () => {
    const authorize: NonNullable<Parameters<typeof startRest>[2]>["authorize"] = ({ headers }, action) => {
      if (headers["x-who"] === "nobody") return { allow: false, reason: "no" };
      return action === "read" ? { allow: true, columns: new Set(["last_name"]) } : { allow: true };
    };
    const routes: Routes = { ...ROUTES, "GET /emails/{id}": { read: "User", columns: ["email"] } };
    const { send, api } = await startRest(appuser, routes, { authorize });
    await api.store("users", [{ _id: "1", firstname: "Ann", last_name: "Lee", email: "a@b.c" }]);
    expect((await send("GET /users/1")).body).toEqual({ id: "1", last_name: "Lee" });
    expect((await send("POST /users/1/email", {})).body).not.toHaveProperty("document");
    const named = await send("GET /emails/1");
    expect([named.status, named.body]).toMatchObject([403, { code: "FORBIDDEN" }]);
    for (const [on, body] of [["GET /users/1"], ["PUT /users/1", ANN], ["DELETE /users/1"]] as const)
      expect((await send(on, body, { "x-who": "nobody" })).status).toBe(403);
    expect(api.appends).toHaveLength(1);
  });

  it("fails where a value has no form, and names no other value", async () => {
    const catalog = catalogOf(aggregate("Number", { columns: [column("n", nullable("double"))], eventTypes: [] }));
    const { send, api } = await startRest(catalog, { "GET /numbers/{id}": { read: "Number" } });
    await api.store("numbers", [{ _id: "1", n: Number.NaN }]);
    const { status, body } = await send("GET /numbers/1");
    expect([status, body]).toMatchObject([500, { code: "VALUE_UNREPRESENTABLE" }]);
  });
});

const THING = {
  flag: true,
  count: -5,
  total: 9007199254740991,
  ratio: 0.5,
  score: 1e20,
  title: "t",
  raw: "AAEC",
  hash: "AAECAw==",
  price: "12.5",
  ref: "0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10",
  day: "2024-02-29",
  at_millis: "13:45:30.123",
  at_micros: "13:45:30.123456",
  seen_millis: "2024-05-17T13:45:30.123Z",
  seen_micros: "2024-05-17T13:45:30.123456+02:00",
  local_millis: "2024-05-17T13:45:30.123",
  local_micros: "2024-05-17T13:45:30.123456",
  nothing: null,
  color: "true",
  size: "M",
  tags: ["a", "b"],
  colors: ["true", "RED"],
  attributes: { b: "2", a: "1", constructor: "x" },
  counts: { at: "2024-05-17T13:45:30.123456Z" },
  address: { city: "Bern", zip: null },
  payment: { "shop.Cash": {} },
  anything: { long: "9223372036854775807" },
  tree: { label: "a", children: [{ label: "b", children: [] }] },
  addresses: [{ city: "Rom", zip: 1 }],
};

describe("values of every type", () => {
  const routes: Routes = { "PUT /things/{id}": { event: "ThingChanged" }, "GET /things/{id}": { read: "Thing" } };

  async function roundTrip({ send, api }: RestServer, given: unknown): Promise<unknown> {
    const put = await send("PUT /things/1", given);
    expect(put.body).not.toHaveProperty("errors");
    expect(put.status).toBe(202);
    const last = api.appends.at(-1);
    if (last === undefined || !("payload" in last)) throw new TypeError("nothing was appended");
    await api.store("things", [{ _id: "1", ...last.payload }]);
    return (await send("GET /things/1")).body;
  }

  it("come back as they were sent", async () => {
    const { id, ...found } = Object(await roundTrip(await startRest(everyType, routes), THING));
    expect(id).toBe("1");
    expect(found).toEqual({ ...THING, price: "12.50", seen_micros: "2024-05-17T11:45:30.123456Z" });
  });

  it.each([{ "shop.Card": { digits: "1" } }, { string: "s" }, { long: 3 }, { "shop.Color": "true" }, { array: ["x"] }])(
    "come back of the union's branch %j",
    async (anything) => {
      expect(await roundTrip(await startRest(everyType, routes), { ...THING, anything })).toMatchObject({ anything });
    },
  );

  it("are taken by the older name of a field", async () => {
    const { send, api } = await startRest(everyType, routes);
    const { title, ...others } = THING;
    expect((await send("PUT /things/1", { ...others, name: title })).status).toBe(202);
    expect(api.appends).toMatchObject([{ payload: { title } }]);
    expect((await send("PUT /things/1", { ...THING, name: title })).body).toMatchObject({
      errors: [{ detail: "title is given twice, as title and name" }],
    });
  });

  it.each([
    [{ count: 1.5 }, "count", "must be a whole number of 32 bits, not 1.5"],
    [{ total: 2 ** 53 }, "total", "must be a whole number of 64 bits"],
    [{ price: "1.234" }, "price", "has at most 6 digits, 2 of them after the point"],
    [{ hash: "AAEC" }, "hash", "must hold exactly 4 bytes"],
    [{ ratio: 1e39 }, "ratio", "is beyond a float of 32 bits"],
    [{ at_millis: "13:45:30.123456" }, "at_millis", "keeps milliseconds"],
    [{ tags: "a" }, "tags", 'must be a list, not "a"'],
    [{ colors: ["RED", "BLUE"] }, "colors/1", "must be one of RED, GREEN, true"],
    [{ attributes: [] }, "attributes", "must be an object, not a list"],
    [{ counts: { at: "now" } }, "counts/at", "must be a moment with its offset"],
    [{ address: { zip: 1 } }, "address/city", "is missing"],
    [
      { payment: { "shop.Card": {}, "shop.Cash": {} } },
      "payment",
      "must be an object with one of shop.Card, shop.Cash",
    ],
    [{ payment: { "shop.Card": { digits: 1 } } }, "payment/shop.Card/digits", "must be a text, not 1"],
    [{ tree: { label: "a", children: [{}] } }, "tree/children/0/label", "is missing"],
  ])("are refused: %j", async (wrong, pointer, detail) => {
    const { send } = await startRest(everyType, routes);
    const { status, body } = await send("PUT /things/1", { ...THING, ...wrong });
    const part = { pointer: `#/${pointer}`, detail: expect.stringContaining(detail) };
    expect([status, body?.["errors"]]).toEqual([400, [part]]);
  });

  it("end with an error where a record holds itself too often to be answered", async () => {
    const { send, api } = await startRest(everyType, routes);
    const nest = (depth: number): unknown => ({ label: "x", children: depth === 0 ? [] : [nest(depth - 1)] });
    expect(
      await roundTrip({ send, api, url: "", openApi: async () => ({}) }, { ...THING, tree: nest(4) }),
    ).toMatchObject({ tree: nest(4) });
    const deep = await startRest(everyType, routes);
    const answer = await roundTrip(deep, { ...THING, tree: nest(5) });
    expect(answer).toMatchObject({ code: "VALUE_UNREPRESENTABLE" });
  });

  it("of parameters are read by the field's type", async () => {
    const type = record("x.Set", [
      field("n", needed("int")),
      field("d", needed("double")),
      field("b", needed("boolean")),
      field("l", needed("long")),
      field("s", nullable("string"), { default: null }),
    ]);
    const catalog = catalogOf(aggregate("Setting", { eventTypes: [eventType(type)] }));
    const { send, api } = await startRest(catalog, {
      "PUT /settings/{id}/{n}": { event: "Set", fields: { d: "{?d}", b: "{?b}", l: "{?l}", s: "{?s}" } },
    });
    expect((await send("PUT /settings/1/-7?d=1.5e3&b=true&l=9223372036854775807&s=007")).status).toBe(202);
    expect(api.appends).toMatchObject([{ payload: { n: -7, d: 1500, b: true, l: 9223372036854775807n, s: "007" } }]);
    const { body } = await send("PUT /settings/1/x?d=y&b=1&l=1.5");
    expect(body?.["errors"]).toMatchObject([
      { parameter: "n" },
      { parameter: "d" },
      { parameter: "b" },
      { parameter: "l" },
    ]);
  });
});
