import { describe, expect, it, onTestFinished } from "vitest";
import type { Outcome } from "../../../src/model/command.ts";
import { encodeCommandReceipt, encodeReceipt } from "../../../src/model/receipt.ts";
import type { Authorize, Scope } from "../../../src/security/authorize.ts";
import { FakeCommands } from "../fake-commands.ts";
import { type Harness, codes, dataOf, openHarness } from "../harness.ts";
import { owned } from "../owned-catalogs.ts";

async function open(authorize?: Authorize): Promise<Harness & { readonly commands: FakeCommands }> {
  const commands = new FakeCommands();
  const api = await openHarness(owned, { commands, ...(authorize && { authorize }) });
  onTestFinished(() => api.close());
  return { ...api, commands };
}

const ASK = `{
  command(id: "c") {
    commandId kind type aggregate topic status rejection { code message currentVersion } receipt transaction decidedAt
    id version events { id type version dropped }
  }
}`;

/** Without what is for readers alone. */
const ASK_STATUS = `{ command(id: "c") { kind status rejection { code } } }`;

const CREATED: Partial<Outcome> = {
  type: "calculator.CreateValue",
  id: "a",
  events: [{ id: "a", type: "calculator.ValueCreated", partition: 1, offset: 7 }],
  version: 7,
};

const MOVED = { id: "a", type: "bank.MoneyMoved", partition: 0, offset: 2 };

/** A policy by action, of every aggregate. */
function by(scopes: { readonly read?: Scope; readonly append?: Scope }): Authorize {
  return (_context, action) => {
    const scope = action === "append" ? scopes.append : scopes.read;
    return scope === undefined ? { allow: false, reason: "no" } : { allow: true, ...scope };
  };
}

describe("how a command ended", () => {
  it("is told, with where its events are", async () => {
    const api = await open();
    api.commands.tell("values", "c", CREATED);
    expect(dataOf(await api.run(ASK))).toEqual({
      command: {
        commandId: "c",
        kind: "COMMAND",
        type: "calculator.CreateValue",
        aggregate: "Value",
        topic: "values",
        status: "DECIDED",
        rejection: null,
        receipt: encodeReceipt({ topic: "values", partition: 1, offset: 7 }),
        transaction: null,
        decidedAt: "2024-05-17T10:00:00.000Z",
        id: "a",
        version: "7",
        events: [{ id: "a", type: "calculator.ValueCreated", version: "7", dropped: false }],
      },
    });
  });

  it.each([
    [
      { kind: "event", type: "bank.MoneyMoved", events: [{ ...MOVED, dropped: true }] },
      { kind: "EVENT", type: "bank.MoneyMoved" },
    ],
    [
      { kind: "tombstone", type: "eventql.tombstone" },
      { kind: "TOMBSTONE", type: null, events: [] },
    ],
    [
      { kind: "transaction", type: "eventql.transaction", transaction: 3, events: [MOVED] },
      { transaction: "3", type: null },
    ],
    [
      { kind: "invalidation", type: "eventql.invalidation" },
      { kind: "INVALIDATION", type: null, id: null },
    ],
  ] as const)("is told of %j", async (chosen, shown) => {
    const api = await open();
    api.commands.tell("accounts", "c", chosen);
    expect(dataOf(await api.run(ASK))).toMatchObject({
      command: { aggregate: "Account", topic: "accounts", ...shown },
    });
  });

  it("is told where it was refused, with the receipt of the command", async () => {
    const api = await open();
    const rejection = { code: "VERSION_CONFLICT", message: "It is 5.", currentVersion: 5 };
    api.commands.tell("values", "c", { ...CREATED, status: "REJECTED", rejection, events: [], version: undefined });
    expect(dataOf(await api.run(ASK))).toMatchObject({
      command: {
        status: "REJECTED",
        rejection: { code: "VERSION_CONFLICT", message: "It is 5.", currentVersion: "5" },
        receipt: encodeCommandReceipt("values", "c"),
        events: [],
      },
    });
  });

  it("is null where nothing is known, or the topic is none of this API", async () => {
    const api = await open();
    expect(dataOf(await api.run(ASK))).toEqual({ command: null });
    api.commands.tell("others", "c", CREATED);
    api.commands.tell("notes", "c", CREATED);
    expect(dataOf(await api.run(ASK))).toEqual({ command: null });
  });

  it("is that of the topic where it was decided last", async () => {
    const api = await open();
    api.commands.tell("values", "c", { ...CREATED, decidedAt: 2 });
    api.commands.tell("accounts", "c", { kind: "tombstone", decidedAt: 3 });
    api.commands.tell("transfers", "c", { kind: "tombstone", decidedAt: 1 });
    expect(dataOf(await api.run(`{ command(id: "c") { topic } }`))).toEqual({ command: { topic: "accounts" } });
  });

  it.each(["", "x".repeat(201)])("is not asked for by what can't be an id: %s", async (id) => {
    const api = await open();
    expect(codes(await api.run(`{ command(id: "${id}") { status } }`))).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("who may send a command", () => {
  it("but not read learns its status and its rejection", async () => {
    const api = await open(by({ append: { events: new Set(["CreateValue"]) } }));
    api.commands.tell("values", "c", CREATED);
    expect(dataOf(await api.run(ASK_STATUS))).toEqual({
      command: { kind: "COMMAND", status: "DECIDED", rejection: null },
    });
    const whole = await api.run(ASK);
    expect(codes(whole)).toEqual(["FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]);
    expect(whole.data).toMatchObject({ command: { status: "DECIDED", id: null, version: null, events: null } });
  });

  it.each([
    [{ filter: { _id: "a" } }, { id: "a", version: "7", events: [{ id: "a" }] }],
    [{ filter: { _id: "b" } }, { id: null, version: null, events: [] }],
    [{ filter: { value: 1 } }, { id: "a", version: "7", events: [{ id: "a" }] }],
    [{ filter: { value: 2 } }, { id: null, version: null, events: [] }],
  ])("and read %j sees of its key what it may", async (read, shown) => {
    const api = await open(by({ read, append: {} }));
    await api.store("values", [{ _id: "a", value: 1 }]);
    api.commands.tell("values", "c", CREATED);
    expect(dataOf(await api.run(ASK))).toMatchObject({ command: { status: "DECIDED", ...shown } });
  });

  it("learns of a refused transaction where they may append any event", async () => {
    const api = await open(by({ append: { events: new Set(["MoneyMoved"]) } }));
    api.commands.tell("accounts", "c", { kind: "transaction", status: "REJECTED", events: [] });
    expect(dataOf(await api.run(ASK_STATUS))).toMatchObject({ command: { status: "REJECTED" } });
  });

  it("sees of a transaction the events whose keys they may know", async () => {
    const api = await open(by({ read: { filter: { _id: "b" } }, append: {} }));
    api.commands.tell("accounts", "c", { kind: "transaction", events: [MOVED, { ...MOVED, id: "b" }] });
    expect(dataOf(await api.run(ASK))).toMatchObject({ command: { events: [{ id: "b" }] } });
  });
});

describe("who may not send a command", () => {
  it.each([
    ["another command", { ...CREATED, type: "calculator.CreateValue" }, { events: new Set(["ChangeValue"]) }],
    ["a command that is gone", { ...CREATED, type: "calculator.Gone" }, { events: new Set(["CreateValue"]) }],
    ["an event", { kind: "event", type: "calculator.ValueCreated" }, { events: new Set(["CreateValue"]) }],
    ["a deletion", { kind: "tombstone" }, { tombstones: false }],
    ["an invalidation", { kind: "invalidation" }, { events: new Set(["ValueCreated"]) }],
    [
      "a transaction",
      { kind: "transaction", events: [{ ...MOVED, type: "calculator.ValueCreated" }] },
      { events: new Set(["ValueAdded"]) },
    ],
    ["a refused transaction", { kind: "transaction", status: "REJECTED" }, { events: new Set(["CreateValue"]) }],
    ["any", CREATED, undefined],
  ] as const)("learns nothing of %s", async (_what, chosen, append) => {
    const api = await open(by({ read: {}, ...(append && { append }) }));
    api.commands.tell("values", "c", chosen);
    expect(dataOf(await api.run(ASK_STATUS))).toEqual({ command: null });
  });

  it("learns of that of another topic which they may know", async () => {
    const api = await open((_context, _action, aggregate) =>
      aggregate === "Value" ? { allow: true } : { allow: false, reason: "no" },
    );
    api.commands.tell("values", "c", { ...CREATED, decidedAt: 1 });
    api.commands.tell("accounts", "c", { kind: "tombstone", decidedAt: 2 });
    expect(dataOf(await api.run(`{ command(id: "c") { topic } }`))).toEqual({ command: { topic: "values" } });
  });
});
