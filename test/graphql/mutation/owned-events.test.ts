import { describe, expect, it } from "vitest";
import { newKey } from "../../../src/command/key.ts";
import { encodeReceipt } from "../../../src/model/receipt.ts";
import { type HarnessOptions, codes, dataOf } from "../harness.ts";
import { owned } from "../owned-catalogs.ts";
import { type OwnedHarness, openOwned } from "./owned-harness.ts";

const open = async (options?: HarnessOptions): Promise<OwnedHarness> => await openOwned(options, owned);

const AT = { id: "a", type: "bank.MoneyMoved", partition: 0, offset: 9 };

const MOVE = `mutation ($id: ID, $commandId: ID, $ifVersion: ExpectedVersion, $wait: Wait) {
  moneyMoved(id: $id, input: { amount: "5" }, commandId: $commandId, ifVersion: $ifVersion, wait: $wait) {
    id commandId receipt status version rejection { code currentVersion } account { id amount }
  }
}`;

describe("an event for an owned topic", () => {
  it("goes to the topic's writer, and shows the document as it is then", async () => {
    const api = await open();
    await api.store("accounts", [{ _id: "a", amount: 5n }]);
    api.commands.decide = () => ({ events: [AT], version: 9 });
    expect(dataOf(await api.run(MOVE, { variables: { id: "a", commandId: "c", ifVersion: 8 } }))).toEqual({
      moneyMoved: {
        id: "a",
        commandId: "c",
        receipt: encodeReceipt({ topic: "accounts", partition: 0, offset: 9 }),
        status: "PROJECTED",
        version: "9",
        rejection: null,
        account: { id: "a", amount: "5" },
      },
    });
    expect(api.sent).toMatchObject([
      {
        kind: "event",
        aggregate: { name: "Account" },
        eventType: { fullName: "bank.MoneyMoved" },
        id: "a",
        payload: { amount: 5n },
        commandId: "c",
        ifVersion: 8,
      },
    ]);
    expect(api.appends).toEqual([]);
  });

  it("tells the key's version where it is refused", async () => {
    const api = await open();
    const rejection = { code: "VERSION_CONFLICT", message: "There is none.", currentVersion: null };
    api.commands.decide = () => ({ status: "REJECTED", rejection });
    expect(dataOf(await api.run(MOVE, { variables: { id: "a", ifVersion: "EXISTS" } }))).toMatchObject({
      moneyMoved: { status: "REJECTED", rejection: { code: "VERSION_CONFLICT", currentVersion: null }, account: null },
    });
  });

  it("that holds its own id has the one of its command's id", async () => {
    const api = await open();
    const query = `mutation ($commandId: ID) { accountOpened(input: { owner: "ann" }, commandId: $commandId, wait: NONE) { id } }`;
    await api.run(query, { variables: { commandId: "c" } });
    await api.run(query);
    expect(api.sent).toMatchObject([{ id: newKey("c"), payload: { iban: newKey("c"), owner: "ann" } }, {}]);
    expect(api.sent).not.toMatchObject([{}, { id: newKey("c") }]);
  });

  it("is appended as ever where the topic is open", async () => {
    const api = await open();
    await api.run(`mutation { noted(id: "n", input: {}) { id } deleteNote(id: "n") { id } }`);
    expect(api.appends).toMatchObject([{ id: "n" }, { tombstone: "n" }]);
    expect(api.sent).toEqual([]);
  });

  it.each([
    [`moneyMoved(id: "a", input: { amount: "5" }, commandId: "") { id }`, "BAD_USER_INPUT"],
    [`moneyMoved(id: "a", input: { amount: "5" }, ifVersion: -1) { id }`, "BAD_USER_INPUT"],
    [`moneyMoved(id: "a", input: { amount: "5" }, timeoutMs: -1) { id }`, "BAD_USER_INPUT"],
    [`moneyMoved(id: "", input: { amount: "5" }) { id }`, "KEY_INVALID"],
    [`deleteAccount(id: "") { id }`, "KEY_INVALID"],
    [`deleteAccount(id: "a", timeoutMs: -1) { id }`, "BAD_USER_INPUT"],
    [`deleteAccount(id: "a", ifVersion: "no") { id }`, "BAD_USER_INPUT"],
    [`noted(input: {}, ifVersion: 1) { id }`, "BAD_USER_INPUT"],
  ])("is not sent: %s", async (field, code) => {
    const api = await open();
    expect(codes(await api.run(`mutation { ${field} }`))).toEqual([code]);
    expect(api.sent).toEqual([]);
  });

  it("is not sent where the policy forbids it", async () => {
    const api = await open({ authorize: () => ({ allow: true, events: new Set(["X"]), tombstones: false }) });
    const denied = [await api.run(MOVE), await api.run(`mutation { deleteAccount(id: "a") { id } }`)];
    expect(denied.flatMap(codes)).toEqual(["FORBIDDEN", "FORBIDDEN"]);
    expect(api.sent).toEqual([]);
  });
});

it("a tombstone for an owned topic goes to the topic's writer", async () => {
  const api = await open();
  api.commands.decide = () => ({ events: [{ ...AT, type: "" }] });
  const query = `mutation { deleteAccount(id: "a", commandId: "c", ifVersion: EXISTS) { id commandId status version } }`;
  expect(dataOf(await api.run(query))).toEqual({
    deleteAccount: { id: "a", commandId: "c", status: "PROJECTED", version: null },
  });
  expect(api.sent).toMatchObject([{ kind: "tombstone", id: "a", commandId: "c", ifVersion: "EXISTS" }]);
});
