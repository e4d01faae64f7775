import { describe, expect, it } from "vitest";
import { type TypedProjection, projection } from "../../src/model/define-projection.ts";
import type { Projection } from "../../src/model/projection.ts";

// As `eventql codegen` writes them.
type OrderSummary = {
  readonly _id: string;
  readonly total: number;
  readonly paid: boolean;
  readonly note?: string | null;
};
type OrderEvent =
  | { readonly type: "OrderPlaced"; readonly payload: { readonly total: number; readonly note: string | null } }
  | { readonly type: "OrderNoted"; readonly payload: { readonly note: string } };
type PaymentEvent = { readonly type: "Paid"; readonly payload: { readonly order: string; readonly cents: bigint } };

const sketch: TypedProjection<OrderSummary, OrderEvent | PaymentEvent> = projection<
  OrderSummary,
  OrderEvent | PaymentEvent
>({
  name: "OrderSummary",
  from: ["orders", "payments"],
  key: (event) => (event.type === "Paid" ? event.payload.order : event.key),
  columns: { total: "double", paid: "boolean", note: ["null", "string"] },
  hidden: ["note"],
  indexes: ["total", ["paid", { total: "DESC" }]],
  initial: { total: 0, paid: false },
  evolve: {
    OrderPlaced: (state, { total, note }, { time }) => ({ ...state, total, note: note ?? time.toISOString() }),
    Paid: (state, payload) => (payload.cents === 0n ? undefined : { ...state, paid: true }),
  },
});

const context = { id: "1", topic: "orders", partition: 0, offset: 0, key: "o1", time: new Date(0), headers: {} };

describe("a projection", () => {
  it("has what it was given, and defaults", () => {
    expect(sketch).toMatchObject({
      kind: "projection",
      name: "OrderSummary",
      previous: false,
      tombstones: "ignore",
      version: 1,
      commit: "batch",
    });
    expect(sketch.evolve["Paid"]?.({ total: 1 }, { order: "o1", cents: 1n }, context)).toStrictEqual({
      total: 1,
      paid: true,
    });
    expect(sketch.key?.({ ...context, type: "Paid", payload: { order: "o2" } })).toBe("o2");
  });

  it("lets tombstones delete where a key is the events' own", () => {
    const { key: _key, ...alone } = { ...head, from: ["orders"] };
    expect(make(alone).tombstones).toBe("delete");
    expect(make({ ...alone, key: () => "a" }).tombstones).toBe("ignore");
    expect(make({ ...alone, from: ["orders", "payments"] }).tombstones).toBe("ignore");
    expect(make({ ...alone, from: ["orders", "payments"], tombstones: "delete" }).tombstones).toBe("delete");
  });

  it("is one of any kind for who doesn't know its types", () => {
    const all: readonly Projection[] = [sketch];
    expect(all).toHaveLength(1);
  });
});

const make = projection<OrderSummary, OrderEvent | PaymentEvent>;
const columns = { total: "double", paid: "boolean", note: ["null", "string"] } as const;
const head = {
  name: "OrderSummary",
  from: ["orders", "payments"],
  key: () => "k",
  columns,
  initial: { total: 0, paid: false },
  evolve: {},
} as const;

describe("without types", () => {
  const refused = (problem: string): unknown =>
    expect.objectContaining({ code: "CONFIG_INVALID", message: `projection OrderSummary: ${problem}` });

  it("says what is missing, and what to write", () => {
    const given = { name: "OrderSummary", from: ["orders"], columns: {}, initial: {}, evolve: {} };
    // @ts-expect-error -- a topic in place of topics
    expect(() => projection({ ...given, from: "orders" })).toThrow(
      refused('from is no list of topics: give one, such as ["orders"].'),
    );
    // @ts-expect-error -- no rules
    expect(() => projection({ ...given, evolve: undefined })).toThrow(
      refused("evolve is missing: give it, such as { OrderPlaced: (state) => … }."),
    );
  });
});

describe("the compiler", () => {
  it("refuses what doesn't fit", () => {
    const { note: _note, ...few } = columns;
    const wrong = [
      // @ts-expect-error -- a column without a type
      make({ ...head, columns: few }),
      // @ts-expect-error -- a type without a column
      make({ ...head, columns: { ...columns, other: "string" } }),
      // @ts-expect-error -- a hidden column that isn't there
      make({ ...head, hidden: ["other"] }),
      // @ts-expect-error -- an initial state of another type
      make({ ...head, initial: { total: "0", paid: false } }),
      // @ts-expect-error -- an initial state without a column that can't be null
      make({ ...head, initial: { total: 0 } }),
      // @ts-expect-error -- a rule without an event type
      make({ ...head, evolve: { OrderDropped: () => undefined } }),
      // @ts-expect-error -- a field that the event has not
      make({ ...head, evolve: { Paid: (s, e) => ({ ...s, note: e.note }) } }),
      // @ts-expect-error -- a state of other columns
      make({ ...head, evolve: { Paid: (_s, e) => ({ total: 1, paid: "yes", note: e.order }) } }),
      // @ts-expect-error -- a key that is no text
      make({ ...head, key: (event) => event.offset }),
      // @ts-expect-error -- a field of some of the events only
      make({ ...head, key: (event) => event.payload.order }),
      // @ts-expect-error -- an event type that isn't there
      make({ ...head, key: (event) => (event.type === "Dropped" ? "a" : "b") }),
    ];
    expect(wrong).toHaveLength(11);
  });
});
