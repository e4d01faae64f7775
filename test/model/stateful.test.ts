import { describe, expect, it } from "vitest";
import { event, reject } from "../../src/model/decider.ts";
import type { EventContext } from "../../src/model/event-context.ts";
import { Transition } from "../../src/model/projection.ts";
import { join, processInto, reduceInto, validateInto } from "../../src/model/stateful.ts";
import { PassedEvent, transition } from "../../src/model/transition.ts";

// As `eventql codegen` writes them.
type Totals = { readonly _id: string; readonly total: bigint };
type Placed = { readonly type: "Placed"; readonly payload: { readonly amount: bigint } };
type Paid = { readonly type: "Paid"; readonly payload: { readonly by: string } };
type Grown = {
  readonly type: "Grown";
  readonly payload: { readonly total: bigint; readonly note?: string | null };
};

const settings = { name: "Totals", columns: { total: "long" }, initial: { total: 0n } } as const;
const orders = { from: ["orders"] };
const context: EventContext = {
  id: "e1",
  topic: "orders",
  partition: 0,
  offset: 3,
  key: "o1",
  time: new Date(0),
  headers: {},
};

describe("a function with state", () => {
  it("reduces events to a table, which writes nothing", () => {
    const table = reduceInto<Totals, Placed>(orders, {
      ...settings,
      evolve: { Placed: (state, { amount }) => ({ total: state.total + amount }) },
    });
    expect(table).toMatchObject({ kind: "projection", from: ["orders"], tombstones: "delete", version: 1 });
    expect(table.emits).toBeUndefined();
    expect(table.evolve["Placed"]?.({ total: 1n }, { amount: 2n }, context)).toEqual({ total: 3n });
  });

  it("processes events to states and events", () => {
    const grows = processInto<Totals, Placed, Grown>(orders, {
      ...settings,
      rules: {
        Placed(state, { amount }) {
          const total = state.total + amount;
          return transition({ total }, event("Grown", { total }), { ...event("Grown", { total }), key: "all" });
        },
      },
    });
    const { emits, evolve } = grows.branch({ large: ({ payload }) => payload.total > 9n, all: () => true });
    expect(emits).toMatchObject([{ topic: "large" }, { topic: "all" }]);
    expect(emits?.map(({ test }) => test?.(event("Grown", { total: 3n })))).toEqual([false, true]);
    expect(evolve["Placed"]?.({ total: 1n }, { amount: 2n }, context)).toEqual(
      new Transition({ total: 3n }, [
        { type: "Grown", payload: { total: 3n } },
        { type: "Grown", payload: { total: 3n }, key: "all" },
      ]),
    );
    expect(grows.to("grown").emits).toEqual([{ topic: "grown" }]);
    expect(() => grows.branch({})).toThrow("The stream Totals has no branch: name a topic at least.");
    expect(() => grows.to("")).toThrow("The stream Totals writes to a topic without a name: give its name.");
  });

  it("refuses rules whose states or events have wrong types", () => {
    const wrong = processInto<Totals, Placed | Paid, Grown>(orders, {
      ...settings,
      rules: {
        // @ts-expect-error `total` is a bigint
        Placed: (state) => transition(state, event("Grown", { total: 1 })),
        // @ts-expect-error there is no column `sum`
        Paid: () => ({ sum: 1n }),
      },
    });
    // @ts-expect-error there is no event type Shrunk
    processInto<Totals, Placed, Grown>(orders, { ...settings, rules: { Shrunk: (state) => state } });
    // @ts-expect-error the column `total` is missing
    processInto<Totals, Placed, Grown>(orders, { ...settings, columns: {}, rules: {} });
    processInto<Totals, Placed, Grown>(orders, {
      ...settings,
      // @ts-expect-error Paid is no event that is written here
      rules: { Placed: (state) => transition(state, event("Paid", { by: "x" })) },
    });
    expect(Object.keys(wrong.to("grown").evolve)).toEqual(["Placed", "Paid"]);
  });

  it("passes valid events on as they are, and rejected ones with why, whose states stay", () => {
    const limited = validateInto<Totals, Placed | Paid>(orders, {
      ...settings,
      rules: {
        Placed: (state, { amount }) =>
          state.total + amount > 10n ? reject("TOO_MUCH", "It is too much.") : { total: state.total + amount },
      },
    });
    const { evolve, emits = [], otherwise, madeOf } = limited.to("valid", { rejected: "invalid" });
    const placed = (amount: bigint): Transition => {
      const led = evolve["Placed"]?.({ total: 8n }, { amount }, context);
      if (led instanceof Transition) return led;
      throw new TypeError("it is no transition");
    };
    const topicOf = ({ events }: Transition): readonly (string | undefined)[] =>
      events.map((each) => emits.find(({ test }) => test?.(each) ?? true)?.topic);
    expect(placed(2n)).toEqual(new Transition({ total: 10n }, [new PassedEvent("Placed", { amount: 2n })]));
    expect(topicOf(placed(2n))).toEqual(["valid"]);
    const rejection = reject("TOO_MUCH", "It is too much.");
    expect(placed(3n)).toEqual(new Transition(undefined, [new PassedEvent("Placed", { amount: 3n }, rejection)], true));
    expect(topicOf(placed(3n))).toEqual(["invalid"]);
    const paid = otherwise?.({ total: 0n }, { ...context, type: "Paid", payload: { by: "x" } });
    expect(paid).toEqual(new Transition(undefined, [new PassedEvent("Paid", { by: "x" })], true));
    expect(madeOf).toContain("TOO_MUCH");
    expect(limited.to("valid").emits).toHaveLength(1);
    expect(() =>
      validateInto<{ readonly rejected: bigint }, Placed>(orders, {
        ...settings,
        columns: { rejected: "long" },
        initial: { rejected: 0n },
        rules: {},
      }),
    ).toThrow('has a column "rejected"');
  });

  it("joins topics by a key into a table, or into states and events", () => {
    const from = ["orders", "payments"];
    const evolve = { Placed: (state: { readonly total: bigint }) => state };
    const table = join<Totals, Placed | Paid>({
      ...settings,
      from,
      key: (said) => (said.type === "Paid" ? said.payload.by : undefined),
      partitions: 8,
      evolve,
    });
    expect(table).toMatchObject({ from, partitions: 8, tombstones: "ignore" });
    const rules = { Placed: (state: { readonly total: bigint }) => transition<Totals, Grown>(state) };
    expect(join<Totals, Placed | Paid, Grown>({ ...settings, from, rules }).to("grown")).toMatchObject({
      from,
      emits: [{ topic: "grown" }],
    });
    expect(() => join<Totals, Placed>({ ...settings, from: ["orders"], evolve })).toThrow("joins 1 topics");
  });
});
