import { describe, expect, it, onTestFinished } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { decodeReceipt } from "../../../src/model/receipt.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, openHarness } from "../harness.ts";

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(appuser, options);
  onTestFinished(() => api.close());
  return api;
}

const CHANGE = `mutation ($id: ID, $wait: Wait, $timeoutMs: Int) {
  userChanged(id: $id, input: { first_name: "Ann", last_name: "Lee" }, wait: $wait, timeoutMs: $timeoutMs) {
    id receipt status user { id firstname }
  }
}`;

describe("an event's mutation", () => {
  it("appends once, waits until it is projected and shows the document as it is then", async () => {
    const api = await open();
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    const result = dataOf(await api.run(CHANGE, { variables: { id: "1" } }));
    expect(result).toEqual({
      userChanged: { id: "1", receipt: expect.any(String), status: "PROJECTED", user: { id: "1", firstname: "Ann" } },
    });
    expect(api.appends).toHaveLength(1);
    expect(api.appends[0]).toMatchObject({
      id: "1",
      eventType: { fullName: "app.user.UserChanged" },
      payload: { first_name: "Ann", last_name: "Lee" },
    });
    expect(api.waits).toEqual([{ position: { topic: "appuser", partition: 0, offset: 0 }, timeoutMs: 2000 }]);
    expect(api.finds.map(({ options }) => options.causal)).toEqual([true]);
  });

  it("leaves the id to the appender where none is given", async () => {
    const api = await open();
    const result = await api.run(`mutation { userEmailChanged(input: {}) { id receipt } }`);
    const data = dataOf(result);
    expect(data).toMatchObject({ userEmailChanged: { id: "made-by-the-appender" } });
    expect(api.appends).toMatchObject([{ id: undefined, payload: {} }]);
  });

  it("returns a receipt of where the event is", async () => {
    const api = await open();
    const { data } = await api.run(CHANGE, { variables: { wait: "APPENDED" } });
    const receipt: unknown = JSON.parse(JSON.stringify(data)).userChanged.receipt;
    expect(decodeReceipt(String(receipt))).toEqual({
      kind: "events",
      positions: [{ topic: "appuser", partition: 0, offset: 0 }],
    });
  });

  it.each(["NONE", "APPENDED", "DECIDED"])(
    "with wait %s returns once it is appended, without the document",
    async (wait) => {
      const api = await open();
      await api.store("users", [{ _id: "1", firstname: "Ann" }]);
      const result = dataOf(await api.run(CHANGE, { variables: { id: "1", wait } }));
      expect(result).toMatchObject({ userChanged: { status: "APPENDED", user: null } });
      expect(api.waits).toEqual([]);
      expect(api.finds).toEqual([]);
    },
  );

  it.each([
    new EventQLError("NOT_YET_PROJECTED", "later"),
    new EventQLError("LIMIT_EXCEEDED", "too many wait"),
    new EventQLError("READ_MODEL_UNAVAILABLE", "away"),
    new TypeError("a mistake"),
  ])("is pending, not failed, where waiting ends with $message", async (error) => {
    const api = await open({
      outcome: () => {
        throw error;
      },
    });
    await api.store("users", [{ _id: "1", firstname: "Old" }]);
    const result = dataOf(await api.run(CHANGE, { variables: { id: "1" } }));
    expect(result).toMatchObject({ userChanged: { id: "1", status: "PENDING", user: null } });
    expect(api.appends).toHaveLength(1);
  });

  it.each(["DEAD_LETTERED", "KEY_PARKED"] as const)("says so where the projection ends it as %s", async (outcome) => {
    const api = await open({ outcome: () => outcome });
    const result = dataOf(await api.run(CHANGE, { variables: { id: "1" } }));
    expect(result).toMatchObject({ userChanged: { status: "DEAD_LETTERED", user: null } });
  });

  it("cuts the wait to the longest", async () => {
    const api = await open();
    await api.run(CHANGE, { variables: { timeoutMs: 60_000 } });
    await api.run(CHANGE, { variables: { timeoutMs: null } });
    await api.run(CHANGE, { variables: { timeoutMs: 0 } });
    expect(api.waits.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 2000, 0]);
  });

  it("passes on the trace that the caller is part of", async () => {
    const api = await open();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await api.run(CHANGE, { headers: { traceparent } });
    expect(api.appends).toMatchObject([{ traceparent }]);
  });

  it("appends in the order of the fields, and each shows its own state", async () => {
    const api = await open();
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    const result = await api.run(`mutation {
      a: userChanged(id: "1", input: { first_name: "A", last_name: "L" }) { ...state }
      b: userChanged(id: "1", input: { first_name: "B", last_name: "L" }) { ...state }
    } fragment state on UserChangedPayload { status user { id } }`);
    const state = { status: "PROJECTED", user: { id: "1" } };
    expect(dataOf(result)).toEqual({ a: state, b: state });
    expect(api.appends).toMatchObject([{ payload: { first_name: "A" } }, { payload: { first_name: "B" } }]);
    expect(api.finds).toHaveLength(2);
  });

  it("fails with the log's code where the append fails", async () => {
    const api = await open({ appendFails: new EventQLError("APPEND_UNKNOWN", "perhaps appended") });
    const result = await api.run(CHANGE);
    expect(codes(result)).toEqual(["APPEND_UNKNOWN"]);
    expect(result.errors?.[0]?.extensions["retriable"]).toBe(true);
    expect(api.waits).toEqual([]);
  });
});

describe("nothing is appended", () => {
  it.each([
    ["a missing field", `userChanged(input: { first_name: "A" }) { id }`, "BAD_USER_INPUT"],
    ["a field of another type", `userChanged(input: { first_name: 1, last_name: "L" }) { id }`, "BAD_USER_INPUT"],
    ["an unknown field", `userChanged(input: { first_name: "A", last_name: "L", x: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a time that is none", `userDeactivated(input: { deactivated_at: "today" }) { id }`, "BAD_USER_INPUT"],
    [
      "a time that is too fine",
      `userDeactivated(input: { deactivated_at: "2024-01-01T00:00:00.000001Z" }) { id }`,
      "EVENT_INVALID",
    ],
    ["an empty id", `userChanged(id: "", input: { first_name: "A", last_name: "L" }) { id }`, "KEY_INVALID"],
    [
      "a long id",
      `userChanged(id: "${"x".repeat(1025)}", input: { first_name: "A", last_name: "L" }) { id }`,
      "KEY_INVALID",
    ],
    [
      "a negative timeout",
      `userChanged(timeoutMs: -1, input: { first_name: "A", last_name: "L" }) { id }`,
      "BAD_USER_INPUT",
    ],
    ["a deletion's empty id", `deleteUser(id: "") { id }`, "KEY_INVALID"],
    ["a deletion's negative timeout", `deleteUser(id: "1", timeoutMs: -1) { id }`, "BAD_USER_INPUT"],
  ])("for %s", async (_what, field, code) => {
    const api = await open();
    expect(codes(await api.run(`mutation { ${field} }`))).toEqual([code]);
    expect(api.appends).toEqual([]);
  });

  it("for a variable that doesn't fit", async () => {
    const api = await open();
    const query = `mutation ($input: UserChangedInput!) { userChanged(input: $input) { id } }`;
    expect(codes(await api.run(query, { variables: { input: { first_name: null, last_name: "L" } } }))).toEqual([
      "BAD_USER_INPUT",
    ]);
    expect(api.appends).toEqual([]);
  });

  it("where the policy forbids it", async () => {
    const api = await open({
      authorize: (_context, action) => (action === "read" ? { allow: true } : { allow: false, reason: "no" }),
    });
    const result = await api.run(`mutation { deleteUser(id: "1") { id } }`);
    expect([...codes(await api.run(CHANGE)), ...codes(result)]).toEqual(["FORBIDDEN", "FORBIDDEN"]);
    expect(api.appends).toEqual([]);
  });
});

describe("who may append but not read", () => {
  it("gets the receipt, and an error in place of the document", async () => {
    const api = await open({
      authorize: (_context, action) => (action === "append" ? { allow: true } : { allow: false, reason: "no" }),
    });
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    const result = await api.run(CHANGE, { variables: { id: "1" } });
    expect(result.data).toMatchObject({ userChanged: { status: "PROJECTED", user: null } });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(result.errors?.[0]?.path).toEqual(["userChanged", "user"]);
    expect(api.finds).toEqual([]);
  });

  it("doesn't see the document that a filter keeps from them", async () => {
    const api = await open({ authorize: () => ({ allow: true, filter: { firstname: "Bob" } }) });
    await api.store("users", [{ _id: "1", firstname: "Ann" }]);
    expect(dataOf(await api.run(CHANGE, { variables: { id: "1" } }))).toMatchObject({
      userChanged: { status: "PROJECTED", user: null },
    });
  });
});

describe("a deletion", () => {
  it("appends a tombstone and waits as any event does", async () => {
    const api = await open();
    const result = dataOf(await api.run(`mutation { deleteUser(id: "1", timeoutMs: 5) { id receipt status } }`));
    expect(result).toEqual({ deleteUser: { id: "1", receipt: expect.any(String), status: "PROJECTED" } });
    expect(api.appends).toEqual([{ tombstone: "1" }]);
    expect(api.waits.map(({ timeoutMs }) => timeoutMs)).toEqual([5]);
  });
});
