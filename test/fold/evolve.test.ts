import { describe, expect, it } from "vitest";
import type { Aggregate, TypeRef, ValueType } from "../../src/catalog/types.ts";
import type { FoldDocument } from "../../src/fold/document-fold.ts";
import { compileEvolve, stateOf } from "../../src/fold/evolve.ts";
import type { Decider, State } from "../../src/model/decider.ts";
import type { Payload } from "../../src/model/value.ts";
import { eventTypeOf } from "../support/event-types.ts";

type Columns = Readonly<Record<string, TypeRef | ValueType["kind"]>>;

const list = (kind: "string" | "date"): TypeRef => ({
  type: { kind: "array", items: { type: { kind }, nullable: false } },
  nullable: true,
});
const changed = eventTypeOf("Changed", [
  { name: "by", type: { kind: "int" } },
  { name: "tags", type: list("string").type },
]);

function aggregateOf(columns: Columns, evolve: Decider["evolve"], initial: State = {}): Aggregate {
  const decider = { aggregate: "T", topic: "t", initial, decide: {}, evolve, version: 1, eventMutations: false };
  return {
    name: "T",
    singular: "t",
    plural: "ts",
    collection: "ts",
    projection: "aggregates",
    topic: "t",
    doc: undefined,
    previous: false,
    history: undefined,
    owned: { transactions: false, deduplicates: false, decider, commands: [] },
    columns: Object.entries(columns).map(([name, type]) => ({
      name,
      graphqlName: name,
      aliases: [],
      type: typeof type === "string" ? plain(type) : type,
      doc: undefined,
      hidden: false,
      references: undefined,
      deprecated: undefined,
    })),
    indexes: [],
    eventTypes: [changed],
  };
}

function plain(kind: ValueType["kind"]): TypeRef {
  if (kind !== "int" && kind !== "string" && kind !== "date" && kind !== "bytes") throw new TypeError(kind);
  return { type: { kind }, nullable: false };
}

type Rule = (state: State, payload: Payload) => State | undefined;

function fold(
  columns: Columns,
  rule: Rule,
  document?: FoldDocument,
  payload: Payload = { by: 2, tags: ["a"] },
): unknown {
  const compiled = compileEvolve(aggregateOf(columns, { Changed: rule }, { n: 10 }), changed);
  return compiled?.(document && { ...document }, "k", payload);
}

const N: Columns = { n: "int" };

describe("an event that a decider evolves", () => {
  it("is none where there is no evolve", () => {
    expect(compileEvolve(aggregateOf(N, undefined), changed)).toBeUndefined();
  });

  it("goes on from the state, or from the initial one", () => {
    const add: Rule = (state, { by }) => ({ n: Number(state["n"]) + Number(by) });
    expect(fold(N, add)).toStrictEqual({ _id: "k", n: 12 });
    expect(fold(N, add, { _id: "k", n: 1, _meta: { partition: 1 } })).toStrictEqual({ _id: "k", n: 3 });
  });

  it("is given the columns alone, and removes those that the rule leaves out", () => {
    const columns: Columns = { n: "int", tags: list("string") };
    const seen: State[] = [];
    const leave: Rule = (state) => {
      seen.push(state);
      return Object.defineProperty({ n: 1 }, "tags", { value: undefined, enumerable: true });
    };
    const stored = { _id: "k", n: 3, tags: ["x"], gone: "y", _meta: {} };
    expect(fold(columns, leave, stored)).toStrictEqual({ _id: "k", n: 1 });
    expect(seen).toStrictEqual([{ n: 3, tags: ["x"] }]);
  });

  it("may have columns that are called as what every object has", () => {
    const columns: Columns = { n: "int", constructor: list("string") };
    const seen: State[] = [];
    const keep: Rule = (state) => {
      seen.push(state);
      return { ...state, n: 2 };
    };
    expect(fold(columns, keep, { _id: "k", n: 1 })).toStrictEqual({ _id: "k", n: 2 });
    expect(seen).toStrictEqual([{ n: 1 }]);
  });

  it("deletes the document where there is no state behind it", () => {
    expect(fold(N, () => undefined, { _id: "k", n: 3 })).toBeUndefined();
  });

  it.each<[string, Rule, RegExp]>([
    [
      "another type",
      () => ({ n: "much" }),
      /^evolve\.Changed of the decider of T failed: column n: expected an integer/,
    ],
    ["no such column", () => ({ n: 1, m: 2 }), /failed: T has no column m$/],
    ["a column missing", () => ({}), /failed: column n is missing, and can't be null$/],
    ["null", () => ({ n: null }), /failed: column n: expected an integer of 32 bits, got null$/],
    ["no object", () => JSON.parse("[]"), /failed: it returned no state/],
    ["a promise", () => Reflect.apply(async () => ({ n: 1 }), undefined, []), /failed: it returned no state/],
    [
      "an error",
      () => {
        throw new RangeError("no more");
      },
      /failed: no more$/,
    ],
  ])("is invalid where the rule returns %s", (_what, rule, message) => {
    const invalid = expect.objectContaining({ code: "EVENT_INVALID", message: expect.stringMatching(message) });
    expect(() => fold(N, rule, { _id: "k", n: 3 })).toThrow(invalid);
  });

  it("checks an initial state that is kept", () => {
    const compiled = compileEvolve(aggregateOf(N, { Changed: (state) => state }, { n: "ten" }), changed);
    expect(() => compiled?.(undefined, "k", { by: 1, tags: null })).toThrow(/column n: expected an integer/);
  });

  it("can't change what is stored, whatever the rule does to what it is given", () => {
    const columns: Columns = { n: "int", tags: list("string"), day: "date", days: list("date"), raw: "bytes" };
    const stored = { _id: "k", n: 1, tags: ["a"], day: new Date(1), days: [new Date(2)], raw: Uint8Array.of(1) };
    const before = structuredClone(stored);
    const mutations: Rule[] = [
      (state) => Object.assign(state, { n: 2 }),
      (state) => (list_(state["tags"]).push("b"), state),
      (state) => (date(state["day"]).setTime(9), state),
      (state) => (date(list_(state["days"])[0]).setTime(9), state),
      (state) => (list_(state["days"]).pop(), state),
      (state) => (bytes(state["raw"]).fill(9), state),
    ];
    const outcomes = mutations.map((rule) => {
      try {
        return fold(columns, rule, stored);
      } catch (error) {
        return error instanceof Error ? error.message : error;
      }
    });
    expect(stored).toStrictEqual(before);
    expect(outcomes).toStrictEqual([
      { ...before, n: 2 },
      expect.stringContaining("Cannot add property 1, object is not extensible"),
      { ...before, day: new Date(9) },
      { ...before, days: [new Date(9)] },
      { ...before, days: [] },
      { ...before, raw: Uint8Array.of(9) },
    ]);
  });

  it("can't have what is stored changed later, by what the rule kept of it", () => {
    const kept = ["a"];
    const document = fold({ tags: list("string") }, () => ({ tags: kept }));
    expect(() => kept.push("b")).toThrow(TypeError);
    expect(document).toStrictEqual({ _id: "k", tags: ["a"] });
  });

  it("can't change the event", () => {
    const payload = { by: 2, tags: ["a"] };
    const rule: Rule = (_state, given) => (list_(given["tags"]).push("b"), { n: 1 });
    expect(() => fold(N, rule, undefined, payload)).toThrow(/not extensible/);
    expect(payload.tags).toEqual(["a"]);
  });
});

it("a rule that decides is given the same state", () => {
  const give = stateOf(aggregateOf({ n: "int", tags: list("string") }, undefined));
  const state = give({ _id: "k", n: 1, tags: ["a"], _meta: {} });
  expect(state).toStrictEqual({ n: 1, tags: ["a"] });
  expect(Object.isFrozen(state["tags"])).toBe(true);
});

function list_(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new RangeError("no list");
  return value;
}

function date(value: unknown): Date {
  if (!(value instanceof Date)) throw new RangeError("no date");
  return value;
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new RangeError("no bytes");
  return value;
}
