import { describe, expect, it } from "vitest";
import type { RuleCommand, Trial } from "../../../src/command/commands.ts";
import { EventQLError } from "../../../src/errors.ts";
import { event, reject } from "../../../src/model/decider.ts";
import { type HarnessOptions, codes, dataOf, messages } from "../harness.ts";
import { CREATE, type OwnedHarness as Opened, SHOWN, openOwned as open } from "./owned-harness.ts";

describe("a dry run", () => {
  const trial: Trial = {
    id: "a",
    decision: [event("ValueCreated", { value: 2 })],
    document: { _id: "a", value: 2 },
    version: 4,
  };
  const dry = { dry: true, id: "a" };

  async function trying(said: Trial | (() => never), options: HarnessOptions = {}): Promise<Opened> {
    const api = await open(options);
    api.commands.trial = typeof said === "function" ? said : () => said;
    return api;
  }

  it("tells the events and the document that the command would lead to, and sends nothing", async () => {
    const tried: RuleCommand[] = [];
    const api = await open();
    api.commands.trial = (request) => (tried.push(request), trial);
    expect(dataOf(await api.run(CREATE, { variables: dry }))).toEqual({
      createValue: {
        id: "a",
        commandId: null,
        receipt: null,
        status: "DECIDED",
        version: "4",
        rejection: null,
        value: { id: "a", value: 2 },
      },
    });
    expect(dataOf(await api.run(SHOWN, { variables: dry }))).toEqual({
      createValue: { status: "DECIDED", events: [{ __typename: "ValueCreated", id: "a", value: 2, _meta: null }] },
    });
    expect(tried).toMatchObject([{ id: "a", payload: { value: 2 } }, {}]);
    expect([api.sent, api.waits, api.finds]).toEqual([[], [], []]);
  });

  it.each([
    ["NOT_FOUND", undefined, "The command is refused: NOT_FOUND.", null],
    ["VERSION_CONFLICT", "The version is 4.", "The version is 4.", "4"],
  ])("tells that it would be refused: %s", async (code, message, shown, currentVersion) => {
    const api = await trying({ ...trial, decision: reject(code, message), document: undefined });
    expect(dataOf(await api.run(CREATE, { variables: dry }))).toMatchObject({
      createValue: { status: "REJECTED", rejection: { code, message: shown, currentVersion }, value: null },
    });
    expect(dataOf(await api.run(SHOWN, { variables: dry }))).toMatchObject({ createValue: { events: [] } });
  });

  it("shows no document where there would be none", async () => {
    const api = await trying({ ...trial, document: undefined });
    expect(dataOf(await api.run(CREATE, { variables: dry }))).toMatchObject({ createValue: { value: null } });
  });

  it("has no _meta of its document to show", async () => {
    const api = await trying(trial);
    const query = `mutation { createValue(input: { value: 2 }, dryRun: true) { value { _meta { version } } } }`;
    const result = await api.run(query);
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toContain("dry run");
  });

  it("fails as its rule does", async () => {
    const api = await trying(() => {
      throw new EventQLError("RULE_FAILED", "it throws");
    });
    expect(codes(await api.run(CREATE, { variables: dry }))).toEqual(["RULE_FAILED"]);
  });

  it("needs the permission to send the command, and shows what may be read", async () => {
    const none = await trying(trial, { authorize: () => ({ allow: true, events: new Set(["ChangeValue"]) }) });
    expect(codes(await none.run(CREATE, { variables: dry }))).toEqual(["FORBIDDEN"]);
    const unread = await trying(trial, {
      authorize: (_context, action) => (action === "append" ? { allow: true } : { allow: false, reason: "no" }),
    });
    const result = await unread.run(CREATE, { variables: dry });
    expect(result.data).toMatchObject({ createValue: { status: "DECIDED", value: null } });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(codes(await unread.run(SHOWN, { variables: dry }))).toEqual(["FORBIDDEN"]);
  });

  it.each([
    ["is one of the caller's", { _id: "a", value: 2 }, { _id: "a", value: 2 }, { id: "a", value: 2 }],
    ["would not be the caller's", { _id: "a", value: 2 }, { _id: "a", value: 3 }, null],
    ["is not the caller's now", { _id: "a", value: 1 }, { _id: "a", value: 2 }, null],
  ])("where the document %s", async (_what, now, document, value) => {
    const api = await trying({ ...trial, document }, { authorize: () => ({ allow: true, filter: { value: 2 } }) });
    await api.store("values", [now]);
    const result = await api.run(CREATE, { variables: dry });
    expect(dataOf(result)).toMatchObject({ createValue: { value } });
  });

  it("shows a document that would be new by how it would be", async () => {
    const said = { ...trial, version: undefined };
    const api = await trying(said, { authorize: () => ({ allow: true, filter: { value: 2 } }) });
    expect(dataOf(await api.run(CREATE, { variables: dry }))).toMatchObject({ createValue: { value: { value: 2 } } });
  });
});
