import { beforeAll, describe, expect, test } from "vitest";
import type { CommandRequest } from "../../../src/command/commands.ts";
import { type BatchInput, type DecidedBatch, decideBatch } from "../../../src/command/processor/decide-batch.ts";
import type { Rules } from "../../../src/command/processor/rules.ts";
import type { FoldDocument } from "../../../src/fold/document-fold.ts";
import { type Outcome } from "../../../src/model/command.ts";
import { HEADER } from "../../../src/model/event.ts";
import { commandsOf, inputOf, preparedRules, ruleOf, setOf } from "./commands-of.ts";
import { type Sample, eventTypeOf, openSample } from "./sample.ts";

let sample: Sample;
let counters: Rules;
let accounts: Rules;

beforeAll(async () => {
  sample = await openSample();
  counters = await preparedRules(sample, sample.counter);
  accounts = await preparedRules(sample, sample.account);
});

function decide(requests: readonly CommandRequest[], changes: Partial<BatchInput> = {}): DecidedBatch {
  const rules = requests[0]?.aggregate === sample.account ? accounts : counters;
  return decideBatch(inputOf(rules, commandsOf(sample, requests), changes));
}

function outcomes({ decided }: DecidedBatch): readonly Outcome[] {
  return decided.map(({ outcome }) => outcome);
}

const documentOf =
  (document: Omit<FoldDocument, "_id">) =>
  (key: string): FoldDocument | undefined =>
    key === "a" ? { ...document, _id: key } : undefined;

const meta = (offset: number) => ({
  partition: 0,
  offset,
  type: "Counted",
  created: new Date(0),
  updated: new Date(0),
});

describe("a batch", () => {
  test("is decided one command after another, each on what those before it led to", () => {
    const batch = decide([
      { ...ruleOf(sample, "Create", { value: 5 }), ifVersion: "NO_STREAM" },
      { ...ruleOf(sample, "Add", { value: 2 }), ifVersion: 10 },
      { ...ruleOf(sample, "Add", { value: 2 }), ifVersion: 10 },
      { ...ruleOf(sample, "Twice"), ifVersion: "EXISTS" },
    ]);
    expect(outcomes(batch).map(({ version, rejection }) => rejection?.code ?? version)).toEqual([
      10,
      11,
      "VERSION_CONFLICT",
      13,
    ]);
    expect(batch.touched.get("a")).toMatchObject({ document: { value: 9n, _meta: { offset: 13 } }, offset: 13 });
    expect(batch.records.map(({ topic, offset }) => [topic, offset])).toEqual([
      ...[10, 11, 12, 13].map((offset) => ["counters", offset]),
      ...[20, 21, 22, 23].map((offset) => ["counters.outcomes", offset]),
    ]);
  });

  test("carries what led to each event in its headers", () => {
    const { records } = decide([ruleOf(sample, "Create")]);
    expect(records[0]?.headers).toEqual({
      [HEADER.specVersion]: "1.0",
      [HEADER.id]: expect.stringMatching(/^[\da-f-]{36}$/),
      [HEADER.type]: "Counted",
      [HEADER.source]: "/test",
      [HEADER.time]: expect.stringMatching(/Z$/),
      [HEADER.traceparent]: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      [HEADER.command]: "c0",
    });
  });

  test("tells a repeated command its first outcome, of the same batch or an earlier one", () => {
    const again = { ...ruleOf(sample, "Create", { value: 1 }), commandId: "x" };
    const batch = decide([again, { ...again, payload: { value: 2 } }, { ...again, commandId: "y" }], {
      firstOutcome: (id) => (id === "y" ? outcomes(decide([again]))[0] : undefined),
    });
    const [first, second, third] = batch.decided;
    expect(second).toEqual({ outcome: first?.outcome, repeated: true });
    expect(third?.repeated).toBe(true);
    expect(batch.records.map(({ topic }) => topic)).toEqual([
      "counters",
      ...Array.from({ length: 3 }, () => "counters.outcomes"),
    ]);
  });

  test("ends where a partition would be given more than it takes at once", () => {
    const requests = Array.from({ length: 10 }, (_, at) => ruleOf(sample, "Create", {}, `k${at}`));
    expect(decide(requests, { maxBytes: 3_000 }).decided).toHaveLength(3);
    expect(decide(requests, { maxBytes: 1 }).decided).toHaveLength(1);
  });

  test("refuses what it is told to", () => {
    const refusal = { code: "EVENT_TOO_LARGE", message: "too large" };
    expect(outcomes(decide([ruleOf(sample, "Create")], { refusal }))[0]).toMatchObject({
      status: "REJECTED",
      rejection: refusal,
    });
  });
});

describe("a key", () => {
  test("that is parked takes nothing", () => {
    const tombstone = { kind: "tombstone" as const, aggregate: sample.counter, id: "b" };
    const batch = decide([ruleOf(sample, "Create"), tombstone], { isParked: (key) => key === "b" });
    expect(outcomes(batch).map(({ rejection }) => rejection?.code)).toEqual([undefined, "KEY_PARKED"]);
  });

  test("that belongs elsewhere takes nothing here", () => {
    expect(outcomes(decide([ruleOf(sample, "Create")], { partitionOf: () => 1 }))[0]?.rejection?.code).toBe(
      "EVENT_INVALID",
    );
  });

  test("has no version behind a tombstone", () => {
    const tombstone = { kind: "tombstone" as const, aggregate: sample.counter, id: "a" };
    const batch = decide([ruleOf(sample, "Create"), tombstone, { ...tombstone, ifVersion: "EXISTS" }]);
    expect(outcomes(batch)[1]).toMatchObject({
      status: "DECIDED",
      version: undefined,
      events: [{ type: "", offset: 11 }],
    });
    expect(outcomes(batch)[2]?.rejection).toMatchObject({ code: "VERSION_CONFLICT", currentVersion: null });
    expect(batch.records[1]).toMatchObject({ value: null, headers: { [HEADER.type]: "eventql.tombstone" } });
  });
});

describe("rules", () => {
  test("see a state that they can't change, and when the command was sent", async () => {
    const seen: unknown[] = [];
    const changed = await openSample("", {
      decide: {
        Create: (state, command, context) => {
          seen.push(state, command, context);
          if (state !== undefined) Object.assign(state, { value: 0 });
          return [];
        },
      },
    });
    const rules = await preparedRules(changed, changed.counter);
    const document = documentOf({ value: 7n, list: [{ inner: 1 }], _meta: { ...meta(4) } });
    const [first] = outcomes(
      decideBatch(inputOf(rules, commandsOf(changed, [ruleOf(changed, "Create")]), { documentOf: document })),
    );
    expect(first?.rejection?.code).toBe("RULE_FAILED");
    const context = { id: "a", version: 4, commandId: "c0", now: new Date(1_000) };
    expect(seen).toEqual([{ value: 7n, list: [{ inner: 1 }] }, { value: 0n }, context]);
    expect(document("a")?.["value"]).toBe(7n);
  });

  test("that fail are told of in the log alone", () => {
    const batch = decide([1, 2, 3].map((value) => ruleOf(sample, "Break", { value })));
    expect(batch.decided.map(({ error }) => String(error))).toEqual([
      "TypeError: a secret",
      expect.stringContaining("Unheard"),
      expect.stringContaining("value"),
    ]);
    expect(JSON.stringify(outcomes(batch))).not.toMatch(/secret|Unheard/);
  });

  test("have the last word, unless they say otherwise", async () => {
    const strict = await openSample("", { eventMutations: false });
    const { counter: aggregate } = strict;
    const rules = await preparedRules(strict, aggregate);
    const event = {
      kind: "event" as const,
      aggregate,
      eventType: eventTypeOf(aggregate),
      id: "a",
      payload: { value: 1 },
    };
    const requests: readonly CommandRequest[] = [
      event,
      { kind: "tombstone", aggregate, id: "a" },
      { kind: "transaction", aggregate, events: [event] },
    ];
    expect(
      outcomes(decideBatch(inputOf(rules, commandsOf(strict, requests)))).map(({ rejection }) => rejection?.code),
    ).toEqual(requests.map(() => "OPERATION_NOT_ALLOWED"));
  });
});

describe("transactions", () => {
  test("are whole, or nothing: each event meets what was there before all of them", () => {
    const events = [
      setOf(sample, "a", 1),
      { ...setOf(sample, "a", 2), ifVersion: "NO_STREAM" as const },
      setOf(sample, "b", 1),
    ];
    const request = { kind: "transaction" as const, aggregate: sample.account, events };
    const batch = decide([request, request], { partitionOf: (key) => (key === "a" ? 0 : 1) });
    const [done, refused] = outcomes(batch);
    expect(done).toMatchObject({ status: "DECIDED", id: undefined, version: undefined, transaction: 0 });
    expect(done?.events.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 10],
      [0, 11],
      [1, 10],
    ]);
    expect(refused).toMatchObject({
      rejection: { code: "VERSION_CONFLICT", currentVersion: 11 },
      events: [],
      transaction: 1,
    });
    expect(batch.records.slice(0, 3).map(({ headers }) => headers[HEADER.transaction])).toEqual(["0", "0", "0"]);
    expect(batch.records).toHaveLength(5);
  });

  test("drop what the key's newest event says already", () => {
    const batch = decide([setOf(sample, "a", 1), setOf(sample, "a", 1), setOf(sample, "a", 2), setOf(sample, "a", 1)]);
    expect(outcomes(batch).map(({ events, version }) => [events[0]?.offset, events[0]?.dropped, version])).toEqual([
      [10, undefined, 10],
      [10, true, 10],
      [11, undefined, 11],
      [12, undefined, 12],
    ]);
  });

  test("are refused where the rule that folds them throws, which only the log is told of", async () => {
    const { account } = sample;
    const fails = (): never => {
      throw new TypeError("a secret");
    };
    const { name: aggregate, topic, owned } = account;
    if (owned === undefined) throw new TypeError("accounts are not owned");
    const decider = {
      aggregate,
      topic,
      initial: {},
      decide: {},
      evolve: { Set: fails },
      version: 1,
      eventMutations: true,
    };
    const rules = await preparedRules(sample, { ...account, owned: { ...owned, decider } });
    const { decided } = decideBatch(inputOf(rules, commandsOf(sample, [setOf(sample, "a", 1)])));
    expect(decided[0]).toMatchObject({
      outcome: {
        status: "REJECTED",
        rejection: { code: "EVENT_INVALID", message: expect.not.stringContaining("secret") },
      },
      error: { message: expect.stringContaining("secret") },
    });
  });

  test("are undone by an event for each partition", () => {
    const request = { kind: "invalidation" as const, aggregate: sample.account, transaction: 4, reason: "wrong" };
    const corrections = [0, 2].map((partition) => ({ partition, value: new Uint8Array([partition]), keys: ["a"] }));
    const batch = decide([request], { corrections });
    expect(batch.records.slice(0, 2)).toMatchObject(
      corrections.map(({ partition, value }) => ({
        partition,
        value,
        key: null,
        offset: 10,
        headers: { [HEADER.transaction]: "4" },
      })),
    );
    expect(outcomes(batch)[0]).toMatchObject({ status: "DECIDED", transaction: undefined, type: "" });
    const refused = { code: "TRANSACTION_NOT_FOUND", message: "no" };
    expect(outcomes(decide([request], { corrections: refused }))[0]?.rejection).toEqual(refused);
  });
});
