import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { encodeCommandReceipt, encodeReceipt } from "../../../src/model/receipt.ts";
import { type HarnessOptions, codes, dataOf, messages } from "../harness.ts";
import { owned } from "../owned-catalogs.ts";
import { type OwnedHarness, openOwned } from "./owned-harness.ts";

const open = async (options?: HarnessOptions): Promise<OwnedHarness> => await openOwned(options, owned);

const TRANSFER = `mutation ($wait: Wait) {
  transaction(commandId: "c", wait: $wait, events: [
    { accountOpened: { id: "a", input: { owner: "ann" }, ifVersion: NO_STREAM } }
    { moneyMoved: { id: "b", input: { amount: "-5" } } }
    { moneyMoved: { input: { amount: "5" } } }
  ]) { id topic commandId receipt status rejection { code } events { id type version dropped } }
}`;

const EVENTS = [
  { id: "a", type: "bank.AccountOpened", partition: 1, offset: 4 },
  { id: "b", type: "bank.MoneyMoved", partition: 0, offset: 2 },
  { id: "d", type: "bank.MoneyMoved", partition: 1, offset: 5 },
];

const PLACES = [
  { topic: "accounts", partition: 1, offset: 5 },
  { topic: "accounts", partition: 0, offset: 2 },
] as const;

describe("a transaction", () => {
  it("sends its events as one, and waits for all partitions", async () => {
    const api = await open();
    api.commands.decide = () => ({ events: EVENTS, transaction: 3 });
    expect(dataOf(await api.run(TRANSFER))).toEqual({
      transaction: {
        id: "3",
        topic: "accounts",
        commandId: "c",
        receipt: encodeReceipt(...PLACES),
        status: "PROJECTED",
        rejection: null,
        events: [
          { id: "a", type: "bank.AccountOpened", version: "4", dropped: false },
          { id: "b", type: "bank.MoneyMoved", version: "2", dropped: false },
          { id: "d", type: "bank.MoneyMoved", version: "5", dropped: false },
        ],
      },
    });
    expect(api.waits.map(({ position }) => position)).toEqual(PLACES);
    expect(api.sent).toMatchObject([
      {
        kind: "transaction",
        aggregate: { name: "Account" },
        commandId: "c",
        events: [
          {
            eventType: { name: "AccountOpened" },
            id: "a",
            payload: { iban: "a", owner: "ann" },
            ifVersion: "NO_STREAM",
          },
          { eventType: { name: "MoneyMoved" }, id: "b", payload: { amount: -5n }, ifVersion: undefined },
          { eventType: { name: "MoneyMoved" }, id: undefined, payload: { amount: 5n } },
        ],
      },
    ]);
  });

  it.each([
    [
      "one partition is not projected in time",
      "PENDING",
      () => Promise.reject(new EventQLError("NOT_YET_PROJECTED", "later")),
    ],
    ["an event is a dead letter", "DEAD_LETTERED", () => Promise.resolve("DEAD_LETTERED" as const)],
  ])("where %s is %s", async (_what, status, second) => {
    let waits = 0;
    const api = await open({ outcome: () => (waits++ === 0 ? "PROJECTED" : second()) });
    api.commands.decide = () => ({ events: EVENTS, transaction: 3 });
    expect(dataOf(await api.run(TRANSFER))).toMatchObject({ transaction: { id: "3", status } });
  });

  it("has no id and no events as long as it isn't decided", async () => {
    const api = await open();
    const receipt = encodeCommandReceipt("accounts", "c");
    expect(dataOf(await api.run(TRANSFER, { variables: { wait: "NONE" } }))).toMatchObject({
      transaction: { id: null, topic: "accounts", status: "ACCEPTED", receipt, events: null },
    });
  });

  it("is refused as a whole", async () => {
    const api = await open();
    api.commands.decide = () => ({ status: "REJECTED", rejection: { code: "VERSION_CONFLICT", message: "No." } });
    expect(dataOf(await api.run(TRANSFER))).toMatchObject({
      transaction: { status: "REJECTED", rejection: { code: "VERSION_CONFLICT" }, events: [] },
    });
  });

  it.each([
    ["of no events", "[]", "BAD_USER_INPUT", "at least one"],
    [
      "of two topics",
      "[{ moneyMoved: { input: { amount: 1 } } }, { transferNoted: { input: {} } }]",
      "BAD_USER_INPUT",
      "doesn't cross topics",
    ],
    ["with an empty field", "[{}]", "BAD_USER_INPUT", "TransactionEvent"],
    [
      "with two in one",
      `[{ moneyMoved: { input: { amount: 1 } }, accountOpened: { input: { owner: "ann" } } }]`,
      "BAD_USER_INPUT",
      "TransactionEvent",
    ],
    ["with an event of an open topic", "[{ noted: { input: {} } }]", "BAD_USER_INPUT", "noted"],
    [
      "with an event that rules lead to",
      "[{ valueCreated: { input: { value: 1 } } }]",
      "BAD_USER_INPUT",
      "valueCreated",
    ],
    ["with an empty id", `[{ moneyMoved: { id: "", input: { amount: 1 } } }]`, "KEY_INVALID", "id"],
  ])("%s is not sent", async (_what, events, code, message) => {
    const api = await open();
    const result = await api.run(`mutation { transaction(events: ${events}) { id } }`);
    expect(codes(result)).toEqual([code]);
    expect(messages(result)).toContain(message);
    expect(api.sent).toEqual([]);
  });

  it("tells where an event of it doesn't fit", async () => {
    const api = await open();
    const result = await api.run(`mutation { transaction(events: [
      { transferNoted: { input: {} } }
      { transferNoted: { input: { at: "2024-05-17T10:00:00.000001Z" } } }
    ]) { id } }`);
    expect(codes(result)).toEqual(["EVENT_INVALID"]);
    expect(messages(result)).toContain("events[1].transferNoted.input.at keeps milliseconds");
    expect(api.sent).toEqual([]);
  });

  it("needs the permission for each type of event in it", async () => {
    const api = await open({ authorize: () => ({ allow: true, events: new Set(["MoneyMoved"]) }) });
    const result = await api.run(TRANSFER);
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toContain("AccountOpened");
    expect(api.sent).toEqual([]);
  });
});

const INVALIDATE = `mutation ($topic: String!, $id: Long!, $reason: String!) {
  invalidateTransaction(topic: $topic, id: $id, reason: $reason, commandId: "c") {
    transaction topic commandId receipt status rejection { code }
  }
}`;
const asked = { topic: "accounts", id: "3", reason: "a mistake" };

describe("an invalidation", () => {
  it("is sent to the topic's writer, and waits for all partitions", async () => {
    const api = await open();
    api.commands.decide = () => ({ events: EVENTS.map((event) => ({ ...event, type: "eventql.EventInvalidate" })) });
    expect(dataOf(await api.run(INVALIDATE, { variables: asked }))).toEqual({
      invalidateTransaction: {
        transaction: "3",
        topic: "accounts",
        commandId: "c",
        receipt: encodeReceipt(...PLACES),
        status: "PROJECTED",
        rejection: null,
      },
    });
    expect(api.sent).toMatchObject([
      { kind: "invalidation", aggregate: { name: "Account" }, transaction: 3, reason: "a mistake" },
    ]);
  });

  it("tells that there is no such transaction", async () => {
    const api = await open();
    api.commands.decide = () => ({ status: "REJECTED", rejection: { code: "TRANSACTION_NOT_FOUND", message: "No." } });
    expect(dataOf(await api.run(INVALIDATE, { variables: asked }))).toMatchObject({
      invalidateTransaction: { transaction: "3", status: "REJECTED", rejection: { code: "TRANSACTION_NOT_FOUND" } },
    });
  });

  it.each([
    [{ topic: "account" }, "Did you mean accounts?"],
    [{ topic: "values" }, "values"],
    [{ id: "-1" }, "-1"],
    [{ id: "9223372036854775807" }, "9223372036854775807"],
    [{ reason: " " }, "reason"],
    [{ reason: "x".repeat(1_001) }, "reason"],
  ])("of %j is not sent", async (wrong, message) => {
    const api = await open();
    const result = await api.run(INVALIDATE, { variables: { ...asked, ...wrong } });
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toContain(message);
    expect(api.sent).toEqual([]);
  });

  it("needs a permission of its own", async () => {
    const may = (...events: readonly string[]): Promise<OwnedHarness> =>
      open({ authorize: () => ({ allow: true, events: new Set(events) }) });
    expect(codes(await (await may("AccountOpened")).run(INVALIDATE, { variables: asked }))).toEqual(["FORBIDDEN"]);
    expect(codes(await (await may("EventInvalidate")).run(INVALIDATE, { variables: asked }))).toEqual([]);
  });
});
