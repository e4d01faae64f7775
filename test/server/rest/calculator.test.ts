import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Routes } from "../../../src/rest/route-config.ts";
import { FakeCommands } from "../../graphql/fake-commands.ts";
import { calculator } from "../../graphql/owned-catalogs.ts";
import { startRest } from "./rest-server.ts";

const ROUTES: Routes = {
  "POST /values": { command: "CreateValue" },
  "PUT /values/{id}": { command: "ChangeValue" },
  "GET /values/{id}": { read: "Value", columns: ["value"] },
  "POST /decided": { command: "CreateValue", wait: "DECIDED" },
  "PUT /decided/{id}": { command: "calculator.ChangeValue", wait: "DECIDED", rejections: { ODD: 422 } },
  "POST /shown": { command: "CreateValue", wait: "PROJECTED", timeoutMs: 300 },
};

const EVENTS = { events: [{ id: "v1", type: "calculator.ValueCreated", partition: 0, offset: 7 }], version: 7 };

describe("a command's route", () => {
  it("takes a command, and answers 202 with the id", async () => {
    const { send, api } = await startRest(calculator, ROUTES);
    const { status, body, headers } = await send("POST /values", { value: 2 });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: "made-by-the-sender",
      commandId: "made-1",
      receipt: expect.any(String),
      status: "ACCEPTED",
    });
    expect(headers.get("eventql-receipt")).toBe(body?.["receipt"]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(api.sent).toMatchObject([{ kind: "command", commandType: { name: "CreateValue" }, payload: { value: 2 } }]);
  });

  it("sends the command to the key of the path, whatever characters that has", async () => {
    const { send, api } = await startRest(calculator, ROUTES);
    const id = "a/b c?ü%{}";
    const { status, body } = await send(`PUT /values/${encodeURIComponent(id)}`, { operation: "ADD", value: 3 });
    expect([status, body]).toMatchObject([202, { id }]);
    expect(api.sent).toMatchObject([{ id, payload: { operation: "ADD", value: 3 } }]);
  });

  it("reads exactly the configured columns, with the version as ETag", async () => {
    const { send, api } = await startRest(calculator, ROUTES);
    await api.store("values", [{ _id: "v1", value: 5, secret: "s" }]);
    const { status, body, headers } = await send("GET /values/v1");
    expect([status, body, headers.get("etag")]).toEqual([200, { value: 5 }, '"41"']);
    const again = await send("GET /values/v1", undefined, { "if-none-match": 'W/"40", "41"' });
    expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", '"41"']);
    expect((await send("GET /values/v1", undefined, { "if-none-match": '"40"' })).status).toBe(200);
  });

  it("answers 404 for a key that has no document", async () => {
    const { send, api } = await startRest(calculator, ROUTES);
    await api.store("values", []);
    const { status, body, headers } = await send("GET /values/none");
    expect([status, body]).toMatchObject([404, { code: "NOT_FOUND", title: "Not Found", status: 404 }]);
    expect(headers.get("content-type")).toBe("application/problem+json");
  });

  it.each([
    ["POST", {}, "value is missing: give a number", "#/value"],
    ["POST", { value: "2" }, 'value must be a number, not "2"', "#/value"],
    ["POST", { value: null }, "value may not be null", "#/value"],
    ["POST", { value: 1, valu: 2 }, "valu is no field (Did you mean value?)", "#/valu"],
    ["POST", { value: 1, __proto__: 2, constructor: 2 }, "constructor is no field", "#/constructor"],
    ["PUT", { operation: "SUB", value: 1 }, 'operation must be one of ADD, MULTIPLY, not "SUB"', "#/operation"],
    ["PUT", { operation: ["ADD"], value: 1 }, "operation must be one of ADD, MULTIPLY, not a list", "#/operation"],
    ["PUT", "3", "the body must be an object, not a number", "#"],
    ["PUT", "[]", "the body must be an object, not a list", "#"],
  ])("refuses %s %j: %s", async (method, body, detail, pointer) => {
    const { send, api } = await startRest(calculator, ROUTES);
    const answer = await send(method === "POST" ? "POST /values" : "PUT /values/1", body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ code: "BAD_USER_INPUT", detail: expect.stringContaining(detail) });
    expect(answer.body?.["errors"]).toContainEqual({ pointer, detail: expect.stringContaining(detail) });
    expect(api.sent).toEqual([]);
  });

  it("names every field that doesn't fit", async () => {
    const { send } = await startRest(calculator, ROUTES);
    const { body } = await send("PUT /values/1", { operation: 1, value: true, more: 1 });
    expect(body?.["errors"]).toMatchObject([{ pointer: "#/operation" }, { pointer: "#/value" }, { pointer: "#/more" }]);
  });

  it("suggests no names where introspection is off", async () => {
    const { send } = await startRest(calculator, ROUTES, { server: { introspection: false } });
    expect((await send("POST /values", { value: 1, valeu: 2 })).body).toMatchObject({
      detail: expect.stringMatching(/valeu is no field\.$/),
    });
  });
});

describe("headers of a command's route", () => {
  it.each(["key-1", '"key-1"', ' "key-1" '])("take %s as the command's id", async (key) => {
    const { send, api } = await startRest(calculator, ROUTES);
    const { body } = await send("POST /values", { value: 2 }, { "idempotency-key": key });
    expect(body).toMatchObject({ commandId: "key-1" });
    expect(api.sent).toMatchObject([{ commandId: "key-1" }]);
  });

  it("unescape a key in quotes", async () => {
    const { send, api } = await startRest(calculator, ROUTES);
    await send("POST /values", { value: 2 }, { "idempotency-key": String.raw`"a\"b\\c"` });
    expect(api.sent).toMatchObject([{ commandId: String.raw`a"b\c` }]);
  });

  it.each([
    ["if-match", '"7"', 7],
    ["if-match", "*", "EXISTS"],
    ["if-none-match", "*", "NO_STREAM"],
  ])("take %s: %s as the version %s, and wait until that is decided", async (name, text, ifVersion) => {
    const commands = new FakeCommands();
    commands.decide = () => EVENTS;
    const { send, api } = await startRest(calculator, ROUTES, { commands });
    const { status, body, headers } = await send("PUT /values/v1", { operation: "ADD", value: 1 }, { [name]: text });
    expect([status, body]).toMatchObject([202, { status: "DECIDED", version: 7 }]);
    expect(headers.get("etag")).toBe('"7"');
    expect(api.sent).toMatchObject([{ ifVersion }]);
  });

  it.each([
    [{ "if-match": '"1", "2"' }, 400, "If-Match"],
    [{ "if-match": "7" }, 400, "If-Match"],
    [{ "if-match": '"7"', "if-none-match": "*" }, 400, "If-Match and If-None-Match"],
    [{ "if-none-match": '"7"' }, 400, "If-None-Match"],
    [{ "idempotency-key": "" }, 400, "Idempotency-Key"],
    [{ "idempotency-key": '"open' }, 400, "Idempotency-Key"],
    [{ "idempotency-key": "x".repeat(201) }, 400, "200 bytes"],
    [{ "if-match": 'W/"7"' }, 412, "no document's ETag"],
    [{ "if-match": '"abc"' }, 412, "no document's ETag"],
  ])("%j are answered with %i", async (headers, status, detail) => {
    const { send, api } = await startRest(calculator, ROUTES);
    const answer = await send("PUT /values/v1", { operation: "ADD", value: 1 }, headers);
    expect([answer.status, answer.body?.["detail"]]).toEqual([status, expect.stringContaining(detail)]);
    expect(api.sent).toEqual([]);
  });
});

describe("a route that waits", () => {
  it.each([
    ["POST /decided", 201],
    ["PUT /decided/v1", 200],
  ])("answers %s with %i once it is decided", async (on, status) => {
    const commands = new FakeCommands();
    commands.decide = () => EVENTS;
    const { send } = await startRest(calculator, ROUTES, { commands });
    const answer = await send(on, on.startsWith("PUT") ? { operation: "ADD", value: 1 } : { value: 2 });
    expect([answer.status, answer.body]).toMatchObject([status, { status: "DECIDED", version: 7 }]);
  });

  it("says where what it made is read", async () => {
    const commands = new FakeCommands();
    commands.decide = () => EVENTS;
    const { send } = await startRest(calculator, ROUTES, { commands });
    expect((await send("POST /decided", { value: 2 })).headers.get("location")).toBe("/values/made-by-the-sender");
  });

  it("answers with the document, and its version", async () => {
    const commands = new FakeCommands();
    commands.decide = () => ({ ...EVENTS, id: "v1" });
    const { send, api } = await startRest(calculator, ROUTES, { commands });
    await api.store("values", [{ _id: "v1", value: 2, secret: "s" }]);
    const { status, body, headers } = await send("POST /shown", { value: 2 });
    expect([status, body]).toMatchObject([201, { status: "PROJECTED", version: 41, document: { id: "v1", value: 2 } }]);
    expect(body?.["document"]).not.toHaveProperty("secret");
    expect(headers.get("etag")).toBe('"41"');
    expect(api.waits).toMatchObject([{ position: { topic: "values", partition: 0, offset: 7 } }]);
  });

  it("answers 202 where it isn't done in time, and nothing is lost", async () => {
    const commands = new FakeCommands();
    commands.decide = () => {
      throw new EventQLError("NOT_YET_DECIDED", "later");
    };
    const { send, api } = await startRest(calculator, ROUTES, { commands });
    const { status, body } = await send("POST /shown", { value: 2 });
    expect([status, body]).toMatchObject([
      202,
      { status: "PENDING", receipt: expect.any(String), commandId: "made-1" },
    ]);
    expect(commands.asked).toMatchObject([{ timeoutMs: 300 }]);
    expect(api.sent).toHaveLength(1);
  });

  it.each([
    ["VERSION_CONFLICT", 412],
    ["NOT_FOUND", 404],
    ["TOO_SMALL", 409],
    ["ODD", 422],
    ["KEY_PARKED", 409],
    ["EVENT_INVALID", 422],
    ["RULE_FAILED", 500],
    ["constructor", 409],
  ])("answers a refusal as %s with %i", async (code, status) => {
    const commands = new FakeCommands();
    commands.decide = () => ({
      status: "REJECTED",
      rejection: { code, message: "No.", ...(code === "VERSION_CONFLICT" && { currentVersion: 9 }) },
    });
    const { send } = await startRest(calculator, ROUTES, { commands });
    const answer = await send("PUT /decided/v1", { operation: "ADD", value: 1 }, { "if-match": '"7"' });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, detail: "No.", commandId: "made-1" });
    const isConflict = code === "VERSION_CONFLICT";
    expect([answer.body?.["currentVersion"], answer.headers.get("etag")]).toEqual(
      isConflict ? [9, '"9"'] : [undefined, null],
    );
  });

  it("says that there is no document where that is the conflict", async () => {
    const commands = new FakeCommands();
    const rejection = { code: "VERSION_CONFLICT", message: "None.", currentVersion: null };
    commands.decide = () => ({ status: "REJECTED", rejection });
    const { send } = await startRest(calculator, ROUTES, { commands });
    const { status, body } = await send("PUT /values/v1", { operation: "ADD", value: 1 }, { "if-match": "*" });
    expect([status, body]).toMatchObject([412, { currentVersion: null }]);
  });
});
