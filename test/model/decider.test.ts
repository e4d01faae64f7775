import { describe, expect, it } from "vitest";
import { type Decider, type TypedDecider, decider, event, reject } from "../../src/model/decider.ts";

// As `eventql codegen` writes them.
type Value = { readonly _id: string; readonly value: number; readonly note?: string | null };
type Operation = "ADD" | "MULTIPLY";
type CreateValue = { readonly value: number };
type ChangeValue = { readonly operation: Operation; readonly value: number };
type ValueCommand =
  | { readonly type: "ChangeValue"; readonly payload: ChangeValue }
  | { readonly type: "CreateValue"; readonly payload: CreateValue };
type ValueEvent =
  | { readonly type: "ValueAdded"; readonly payload: { readonly by: number } }
  | { readonly type: "ValueCreated"; readonly payload: { readonly value: number } }
  | { readonly type: "ValueMultiplied"; readonly payload: { readonly by: number } }
  | {
      readonly type: "ValueNoted";
      readonly payload: {
        readonly note: string | null;
        readonly tags: readonly string[];
        readonly how: Operation;
        readonly total: bigint;
      };
    };

const sketch: TypedDecider<Value, ValueCommand, ValueEvent> = decider<Value, ValueCommand, ValueEvent>({
  aggregate: "Value",
  topic: "values",
  initial: { value: 0 },
  decide: {
    CreateValue: (_, c) => [event("ValueCreated", { value: c.value })],
    ChangeValue: (s, c) =>
      s === undefined
        ? reject("NOT_FOUND")
        : [event(c.operation === "ADD" ? "ValueAdded" : "ValueMultiplied", { by: c.value })],
  },
  evolve: {
    ValueCreated: (_, e) => ({ value: e.value }),
    ValueAdded: (s, e) => ({ value: s.value + e.by }),
    ValueMultiplied: (s, e) => ({ value: s.value * e.by }),
    ValueNoted: (s, e) => (e.note === null ? undefined : { ...s, note: e.note }),
  },
});

const context = { id: "v1", version: undefined, commandId: "c1", now: new Date(0) };

describe("a decider", () => {
  it("has what it was given, and defaults", () => {
    expect(sketch).toMatchObject({
      aggregate: "Value",
      topic: "values",
      initial: { value: 0 },
      version: 1,
      eventMutations: false,
    });
    const { decide, evolve } = sketch;
    expect(decide["CreateValue"]?.(undefined, { value: 2 }, context)).toStrictEqual([
      event("ValueCreated", { value: 2 }),
    ]);
    expect(decide["ChangeValue"]?.(undefined, { operation: "ADD", value: 2 }, context)).toStrictEqual(
      reject("NOT_FOUND"),
    );
    expect(evolve?.["ValueAdded"]?.({ value: 1 }, { by: 2 })).toStrictEqual({ value: 3 });
  });

  it("needs no evolve, and says what else it wants", () => {
    const rules = decider<Value, never, ValueEvent>({
      aggregate: "Value",
      topic: "values",
      initial: { value: 0 },
      decide: {},
      version: 3,
      eventMutations: true,
    });
    expect(rules).toMatchObject({ evolve: undefined, version: 3, eventMutations: true });
  });

  it("is one of any kind for who doesn't know its types", () => {
    const all: readonly Decider[] = [sketch];
    expect(all).toHaveLength(1);
  });
});

const head = { aggregate: "Value", topic: "values", initial: { value: 0 } } as const;
const decide = { CreateValue: () => [], ChangeValue: () => [] };
const evolve = {
  ValueCreated: () => undefined,
  ValueAdded: () => undefined,
  ValueMultiplied: () => undefined,
  ValueNoted: () => undefined,
};

const noted = { tags: ["a"], total: 1n };

const make = decider<Value, ValueCommand, ValueEvent>;

describe("the compiler", () => {
  it("takes what may be null as absent, and literals as enum symbols", () => {
    const noted = event("ValueNoted", { tags: ["a"], how: "ADD", total: 1n });
    const rules = make({
      ...head,
      decide: {
        ...decide,
        CreateValue: () => [event("ValueNoted", { tags: ["a"], how: "ADD", total: 1n }), noted],
      },
    });
    expect(rules.decide["CreateValue"]?.(undefined, {}, context)).toHaveLength(2);
  });

  it("refuses rules that don't fit", () => {
    const wrong = [
      // @ts-expect-error -- a command without a rule
      make({ ...head, decide: { CreateValue: () => [] } }),
      // @ts-expect-error -- a rule without a command
      make({ ...head, decide: { ...decide, DropValue: () => [] } }),
      // @ts-expect-error -- an event type that isn't there
      make({ ...head, decide: { ...decide, CreateValue: () => [event("ValueDropped", { value: 1 })] } }),
      // @ts-expect-error -- a payload of another event type
      make({ ...head, decide: { ...decide, CreateValue: () => [event("ValueCreated", { by: 1 })] } }),
      // @ts-expect-error -- a value of another type
      make({ ...head, decide: { ...decide, CreateValue: () => [event("ValueCreated", { value: "1" })] } }),
      // @ts-expect-error -- a field that the command has not
      make({ ...head, decide: { ...decide, CreateValue: (_s, c) => [event("ValueAdded", { by: c.amount })] } }),
      // @ts-expect-error -- the state may be absent
      make({ ...head, decide: { ...decide, CreateValue: (s) => [event("ValueAdded", { by: s.value })] } }),
      // @ts-expect-error -- a symbol that the enum has not
      make({ ...head, decide: { ...decide, CreateValue: () => [event("ValueNoted", { ...noted, how: "DIVIDE" })] } }),
    ];
    expect(wrong).toHaveLength(8);
  });

  it("refuses folds that don't fit", () => {
    const { ValueNoted: _left, ...incomplete } = evolve;
    const wrong = [
      // @ts-expect-error -- an event type without a fold
      make({ ...head, decide, evolve: incomplete }),
      // @ts-expect-error -- a fold without an event type
      make({ ...head, decide, evolve: { ...evolve, ValueDropped: () => undefined } }),
      // @ts-expect-error -- a state of other columns
      make({ ...head, decide, evolve: { ...evolve, ValueCreated: (_s, e) => ({ amount: e.value }) } }),
      // @ts-expect-error -- an initial state of another type
      make({ ...head, initial: { value: "0" }, decide }),
    ];
    expect(wrong).toHaveLength(4);
  });
});
