import { describe, expect, it } from "vitest";
import { codes, messages } from "../harness.ts";
import { CREATE, openOwned as open } from "./owned-harness.ts";

describe("nothing is sent", () => {
  const long = "x".repeat(201);
  it.each([
    ["a missing field", `createValue(input: {}) { id }`, "BAD_USER_INPUT"],
    ["a symbol that is none", `changeValue(input: { operation: DIVIDE, value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["an unknown command", `divideValue(input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["an event that the rules lead to", `valueCreated(input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["an empty id", `createValue(id: "", input: { value: 1 }) { id }`, "KEY_INVALID"],
    ["an empty command id", `createValue(commandId: "", input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a long command id", `createValue(commandId: "${long}", input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a negative version", `createValue(ifVersion: -1, input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a version that is none", `createValue(ifVersion: SOME, input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a broken version", `createValue(ifVersion: 1.5, input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
    ["a negative timeout", `createValue(timeoutMs: -1, input: { value: 1 }) { id }`, "BAD_USER_INPUT"],
  ])("for %s", async (_what, field, code) => {
    const api = await open();
    expect(codes(await api.run(`mutation { ${field} }`))).toEqual([code]);
    expect(api.sent).toEqual([]);
  });

  it.each([
    [{ ifVersion: -1 }],
    [{ ifVersion: "-1" }],
    [{ ifVersion: "99999999999999999" }],
    [{ ifVersion: true }],
    [{ ifVersion: "" }],
  ])("for the variables %j", async (variables) => {
    const api = await open();
    expect(codes(await api.run(CREATE, { variables }))).toEqual(["BAD_USER_INPUT"]);
    expect(api.sent).toEqual([]);
  });

  it("where the policy names other commands only", async () => {
    const api = await open({ authorize: () => ({ allow: true, events: new Set(["ChangeValue", "ValueCreated"]) }) });
    const result = await api.run(CREATE);
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toContain("CreateValue");
    expect(api.sent).toEqual([]);
  });
});

it.each([
  ["7", 7],
  [7, 7],
  [0, 0],
  ["NO_STREAM", "NO_STREAM"],
  ["EXISTS", "EXISTS"],
  [null, undefined],
])("takes %j as an expected version", async (ifVersion, taken) => {
  const api = await open();
  await api.run(CREATE, { variables: { ifVersion } });
  expect(api.sent).toMatchObject([{ ifVersion: taken }]);
  if (ifVersion === null) return;
  await api.run(`mutation { createValue(ifVersion: ${ifVersion}, input: { value: 1 }) { id } }`);
  expect(api.sent).toMatchObject([{}, { ifVersion: taken }]);
});
