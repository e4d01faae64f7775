import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/model/command.ts";
import { reject } from "../../../src/model/decider.ts";
import { encodeCommandReceipt, encodeReceipt } from "../../../src/model/receipt.ts";
import type { Authorize, Scope } from "../../../src/security/authorize.ts";
import { codes, dataOf } from "../harness.ts";
import { AT, CREATED, type OwnedHarness, openOwned } from "../mutation/owned-harness.ts";
import { owned } from "../owned-catalogs.ts";

const CREATE = `mutation ($dry: Boolean) {
  createValue(id: "b", input: { value: 1 }, commandId: "c", wait: DECIDED, dryRun: $dry) {
    id status version receipt rejection { code message currentVersion }
  }
}`;
const MOVE = `mutation {
  transaction(events: [{ moneyMoved: { id: "b", input: { amount: 1 } } }], commandId: "m", wait: DECIDED) {
    status receipt rejection { message currentVersion } events { id }
  }
}`;
const ASK = `{ command(id: "c") { receipt rejection { message currentVersion } } }`;

/** Of somebody else, who had the id before. */
const THEIRS: Partial<Outcome> = {
  command: { topic: "values.commands", partition: 3, offset: 99 },
  id: "a",
  type: "calculator.CreateValue",
  events: [CREATED],
  version: 7,
};
const CONFLICT: Partial<Outcome> = {
  status: "REJECTED",
  rejection: { code: "VERSION_CONFLICT", message: "It has version 7.", currentVersion: 7 },
};
const HIDDEN = { message: "The key's version is not as it should be.", currentVersion: null };

/** Those who may read nothing, some keys, some rows, and all. */
const BLIND = undefined;
const OWN_KEYS = { filter: { _id: { $in: ["b"] } } };
const OWN_ROWS = { filter: { value: 5 } };
const LIMITED: readonly (readonly [string, Scope | undefined])[] = [
  ["nothing", BLIND],
  ["other keys", OWN_KEYS],
  ["other rows", OWN_ROWS],
];

async function open(
  read: Scope | undefined,
  append: Scope = {},
  outcome: Partial<Outcome> = {},
): Promise<OwnedHarness> {
  const authorize: Authorize = (_context, action) => {
    const scope = action === "append" ? append : read;
    return scope === undefined ? { allow: false, reason: "no" } : { allow: true, ...scope };
  };
  const api = await openOwned({ authorize }, owned);
  api.commands.decide = () => outcome;
  return api;
}

describe("who sends the id of somebody else's command", () => {
  it.each([...LIMITED, ["all", {}] as const])("and may read %s, is told to take another one", async (_what, read) => {
    const api = await open(read, {}, THEIRS);
    const result = await api.run(CREATE);
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(JSON.stringify(result.errors)).not.toMatch(/\\"a\\"|7/);
  });

  it("and may not send such a command, is told what they would be if it were not decided", async () => {
    const api = await open(
      undefined,
      { events: new Set(["CreateValue"]) },
      { ...THEIRS, type: "calculator.ChangeValue" },
    );
    expect(dataOf(await api.run(CREATE))).toMatchObject({
      createValue: { status: "PENDING", version: null, receipt: encodeCommandReceipt("values", "c") },
    });
  });

  it.each(LIMITED)("of a transaction, and may read %s, learns no keys", async (_what, read) => {
    const command = { topic: "accounts.commands", partition: 0, offset: 99 };
    const events = ["a", "c"].map((id) => ({ ...CREATED, id, type: "bank.MoneyMoved" }));
    const api = await open(read, {}, { command, events });
    expect(dataOf(await api.run(MOVE))).toMatchObject({
      transaction: { status: "DECIDED", events: [], receipt: encodeCommandReceipt("accounts", "m") },
    });
  });
});

describe("who may read nothing", () => {
  it("is told where their own events are", async () => {
    const api = await open(undefined, {}, { id: "b", events: [{ ...CREATED, id: "b" }], version: 7 });
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { version: "7", receipt: encodeReceipt(AT) } });
  });

  it("is told so again, for the same command", async () => {
    const again = { ...THEIRS, id: "b", events: [{ ...CREATED, id: "b" }] };
    const api = await open(undefined, {}, again);
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { version: "7", receipt: encodeReceipt(AT) } });
  });

  it("is not told the version of what was there", async () => {
    const api = await open(undefined, {}, { id: "b", events: [], version: 7 });
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { status: "DECIDED", version: null } });
  });
});

describe("a version that was not as expected", () => {
  it.each(LIMITED)("is not told to whom may read %s", async (_what, read) => {
    const api = await open(read, {}, { ...CONFLICT, id: "a" });
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { status: "REJECTED", rejection: HIDDEN } });
    expect(dataOf(await api.run(MOVE))).toMatchObject({ transaction: { status: "REJECTED", rejection: HIDDEN } });
    api.commands.trial = () => ({
      id: "a",
      decision: reject("VERSION_CONFLICT", "It has 7."),
      document: undefined,
      version: 7,
    });
    expect(dataOf(await api.run(CREATE, { variables: { dry: true } }))).toMatchObject({
      createValue: { status: "REJECTED", rejection: HIDDEN, version: null },
    });
    api.commands.tell("values", "c", { ...CONFLICT, id: "a" });
    expect(dataOf(await api.run(ASK))).toMatchObject({ command: { rejection: HIDDEN } });
  });

  it("is told to others", async () => {
    const api = await open({}, {}, { ...CONFLICT, id: "a" });
    const shown = { message: "It has version 7.", currentVersion: "7" };
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { rejection: shown } });
    expect(dataOf(await api.run(MOVE))).toMatchObject({ transaction: { rejection: shown } });
  });
});

it.each(LIMITED)("the receipt of a command tells no version to whom may read %s", async (_what, read) => {
  const api = await open(read);
  api.commands.tell("values", "c", THEIRS);
  expect(dataOf(await api.run(ASK))).toMatchObject({ command: { receipt: encodeCommandReceipt("values", "c") } });
});

it("topics are named to those alone who may do something with them", async () => {
  const ask = `mutation { invalidateTransaction(topic: "account", id: 1, reason: "r") { status } }`;
  const stranger = await openOwned({ authorize: () => ({ allow: false, reason: "no" }) }, owned);
  const known = await openOwned({}, owned);
  for (const query of [`{ surface(topic: "account") { nodes { id } } }`, ask]) {
    expect(JSON.stringify((await stranger.run(query)).errors)).not.toContain("accounts");
    expect(JSON.stringify((await known.run(query)).errors)).toContain("accounts");
  }
});
