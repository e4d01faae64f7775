/* oxlint-disable vitest/expect-expect -- specifications assert for themselves */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TypedDecider, decider, event, reject } from "../../src/model/decider.ts";
import { specification } from "../../src/testing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type Account = { readonly _id: string; readonly balance: number; readonly note?: string | null };
type AccountCommand =
  | { readonly type: "Deposit"; readonly payload: { readonly amount: number; readonly note: string | null } }
  | { readonly type: "Close"; readonly payload: { readonly reason?: string | null } };
type AccountEvent =
  | { readonly type: "Deposited"; readonly payload: { readonly amount: number; readonly note: string | null } }
  | { readonly type: "Closed"; readonly payload: { readonly at: Date } };

const RULES: Parameters<typeof decider<Account, AccountCommand, AccountEvent>>[0] = {
  aggregate: "Account",
  topic: "accounts",
  initial: { balance: 0 },
  decide: {
    Deposit: (_state, { amount, note }) =>
      amount <= 0 ? reject("NOT_POSITIVE", `It is ${amount}.`) : [event("Deposited", { amount, note })],
    Close: (state, _command, { now }) => (state === undefined ? [] : [event("Closed", { at: now })]),
  },
  evolve: {
    Deposited: (state, { amount, note }) => ({ ...state, balance: state.balance + amount, note }),
    Closed: () => undefined,
  },
};
const account: TypedDecider<Account, AccountCommand, AccountEvent> = decider(RULES);
const { evolve: _evolve, ...withoutEvolve } = RULES;
const folded: TypedDecider<Account, AccountCommand, AccountEvent> = decider(withoutEvolve);

const deposited = event("Deposited", { amount: 3, note: null });

describe("a specification", () => {
  const spec = specification(account);

  it("holds the events of a command to those expected", () => {
    spec
      .given(deposited)
      .when("Deposit", { amount: 2, note: "again" })
      .then(event("Deposited", { amount: 2, note: "again" }))
      .thenState({ balance: 5, note: "again" });
    spec.given().when("Close", {}).thenNothing().thenState(undefined);
    spec
      .given(deposited)
      .when("Close", {}, { now: new Date(7) })
      .then(event("Closed", { at: new Date(7) }));
    spec.givenState({ balance: 1 }).when("Close", {}).thenState(undefined);
    spec.given(deposited, deposited).thenState({ balance: 6, note: null });
  });

  it("takes what is undefined as left out", () => {
    type Noted = { readonly type: "Noted"; readonly payload: { readonly note: string | null } };
    const noting = decider<Account, AccountCommand, Noted>({
      aggregate: "Account",
      topic: "accounts",
      initial: { balance: 0 },
      decide: { Deposit: (_state, { note }) => [event("Noted", { note })], Close: () => [] },
      evolve: { Noted: (state, { note }) => ({ ...state, note }) },
    });
    const unnoted = specification(noting).given().when("Deposit", { amount: 1 });
    unnoted.then(event("Noted", {})).thenState({ balance: 0 });
  });

  it("holds a refusal to the expected one", () => {
    spec.given().when("Deposit", { amount: 0, note: null }).thenRejected("NOT_POSITIVE").thenState(undefined);
    spec.given().when("Deposit", { amount: 0, note: null }).thenRejected("NOT_POSITIVE", "It is 0.");
  });

  it("shows what differs", () => {
    const decided = spec.given().when("Deposit", { amount: 2, note: null });
    expect(() => decided.then(event("Deposited", { amount: 4, note: null }))).toThrow(
      /^Deposit leads to other events than expected\.\n[^]*\+ +amount: 2[^]*- +amount: 4/,
    );
    expect(() => decided.thenRejected("NOT_POSITIVE")).toThrow(/^Deposit ends otherwise than by the expected refusal/);
    expect(() => decided.thenState({ balance: 4, note: null })).toThrow(
      /^Deposit leads to another state than expected/,
    );
    expect(() => spec.given(deposited).thenState(undefined)).toThrow(/^The events lead to another state than expected/);
    const refused = spec.given().when("Deposit", { amount: 0, note: null });
    expect(() => refused.thenNothing()).toThrow(/rejected: 'NOT_POSITIVE'/);
    expect(() => refused.thenRejected("NOT_POSITIVE", "No.")).toThrow(/It is 0/);
  });

  it("gives rules what they can't change, and a context", () => {
    const seen: unknown[] = [];
    const spying = decider<Account, AccountCommand, AccountEvent>({
      ...RULES,
      decide: {
        ...RULES.decide,
        Close: (state, _command, context) => {
          seen.push(context);
          if (state !== undefined) Reflect.set(state, "balance", 9);
          return [];
        },
      },
    });
    specification(spying).given(deposited, deposited).when("Close", {}).thenState({ balance: 6, note: null });
    expect(seen).toStrictEqual([{ id: "id", version: 1, commandId: "command", now: new Date("2020-01-01T00:00:00Z") }]);
    const assigning = decider<Account, AccountCommand, AccountEvent>({
      ...RULES,
      evolve: { Deposited: (state) => Object.assign(state, { balance: 1 }), Closed: () => undefined },
    });
    expect(() => specification(assigning).given(deposited)).toThrow(TypeError);
  });

  it("says what it needs to fold events where there is no evolve", () => {
    expect(() => specification(folded).given(deposited)).toThrow(/no evolve[^]*schemas: "schemas"/);
    specification(folded)
      .givenState({ balance: 1 })
      .when("Deposit", { amount: 2, note: null })
      .then(event("Deposited", { amount: 2, note: null }));
  });

  it("can't be awaited by mistake", async () => {
    await expect(async () => {
      // @ts-expect-error -- it is no promise, though it has a `then`
      // oxlint-disable-next-line typescript/await-thenable
      await spec.given().when("Close", {});
    }).rejects.toThrow(/other events than expected/);
  });
});

describe("a specification by schemas", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  const write = async (path: string, fields: readonly unknown[], eventql: unknown = {}): Promise<void> => {
    const file = join(folder.path, path);
    await mkdir(join(file, ".."), { recursive: true });
    const name = path.replace(/^.*\/(\w+)\.avsc$/, "$1");
    await writeFile(file, JSON.stringify({ type: "record", name, fields, eventql }));
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const note = { name: "note", type: ["null", "string"], default: null };
    const amount = { name: "amount", type: "double" };
    await write("accounts/Deposited.avsc", [{ ...amount, eventql: { column: "balance", effect: "add" } }, note]);
    await write("accounts/Closed.avsc", [{ name: "at", type: { type: "long", logicalType: "timestamp-millis" } }], {
      effect: "delete",
    });
    await write("accounts.commands/Deposit.avsc", [amount, note]);
    await write("accounts.commands/Close.avsc", []);
  });
  afterAll(async () => {
    await folder.remove();
  });

  it("folds by the hints, and fills in defaults", async () => {
    const spec = await specification(folded, { schemas: folder.path });
    spec
      .given(event("Deposited", { amount: 3 }))
      .when("Deposit", { amount: 2 })
      .then(event("Deposited", { amount: 2 }))
      .thenState({ balance: 5, note: null });
    spec
      .givenState({ balance: 4 })
      .when("Close", {})
      .then(event("Closed", { at: new Date("2020-01-01") }));
    spec.given(event("Deposited", { amount: 3 }), event("Closed", { at: new Date(0) })).thenState(undefined);
  });

  it("folds by evolve as the projector does", async () => {
    const spec = await specification(account, { schemas: folder.path });
    spec.given(deposited, deposited).thenState({ balance: 6, note: null });
    const wrong = decider<Account, AccountCommand, AccountEvent>({
      ...RULES,
      evolve: { Deposited: (state) => Object.assign(state, { other: 1 }), Closed: () => undefined },
    });
    const other = await specification(wrong, { schemas: folder.path });
    expect(() => other.given(deposited)).toThrow(
      /evolve\.Deposited of the decider of Account failed: .* no column other/,
    );
  });

  it("refuses events that their schema can't hold, and what isn't there", async () => {
    const spec = await specification(folded, { schemas: folder.path });
    const wrong = { amount: "much", note: null };
    // @ts-expect-error -- an amount is a number
    expect(() => spec.given(event("Deposited", wrong))).toThrow(/amount: expected double/);
    // @ts-expect-error -- there is no such event type
    expect(() => spec.given(event("Depositd", { amount: 1 }))).toThrow(/Did you mean Deposited\?/);
    // @ts-expect-error -- there is no such command
    expect(() => spec.given().when("Open", {})).toThrow(/no rule decide\.Open/);
  });

  it("refuses a decider that doesn't fit the schemas", async () => {
    const lost = decider<Account, AccountCommand, AccountEvent>({ ...RULES, topic: "acounts" });
    await expect(specification(lost, { schemas: folder.path })).rejects.toThrow(
      expect.objectContaining({ code: "CATALOG_INVALID" }),
    );
    const rehinted = { schemas: folder.path, hints: { Deposited: { aggregate: "Purse" } } };
    await expect(specification(account, rehinted)).rejects.toThrow(/topic accounts has no aggregate Account/);
  });
});
