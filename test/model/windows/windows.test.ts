import { Big } from "big.js";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import type { AvroType } from "../../../src/model/projection.ts";
import type { Value } from "../../../src/model/value.ts";
import { windows } from "../../../src/model/windows/define-windows.ts";
import {
  type Measure,
  avg,
  count,
  decimal,
  distinct,
  last,
  max,
  min,
  sum,
} from "../../../src/model/windows/measures.ts";
import { folded, happened, shown } from "./folded.ts";

const DAILY = { name: "DailyOrders", from: ["orders"], by: "day" } as const;

/** What a measure makes of values that happened one after another. */
function measured(measure: Measure, values: readonly (Value | undefined)[]): Value | undefined {
  const projection = windows({ ...DAILY, measures: { result: measure } });
  const events = values.map((value, offset) => happened(offset, value === undefined ? {} : { v: value }, { offset }));
  return shown(projection, events)["1970-01-01"]?.["result"];
}

describe("windows", () => {
  it("are a projection that is keyed by group and window, and folds all event types", () => {
    const daily = windows({ ...DAILY, groupBy: ["account"], measures: { events: count(), paid: avg("v", "long") } });
    expect(daily).toMatchObject({
      kind: "projection",
      name: "DailyOrders",
      from: ["orders"],
      evolve: {},
      tombstones: "ignore",
      version: 1,
      hidden: ["paid_sum", "paid_count"],
      initial: { events: 0n, paid_sum: 0n, paid_count: 0n },
      columns: {
        account: "string",
        windowStart: { type: "long", logicalType: "timestamp-millis" },
        windowEnd: { type: "long", logicalType: "timestamp-millis" },
        events: "long",
        paid: ["null", "double"],
        paid_sum: "long",
        paid_count: "long",
      },
    });
  });

  it("tell events apart by groups and by when they happened, however late they come", () => {
    const daily = windows({
      ...DAILY,
      timeZone: "Europe/Berlin",
      groupBy: { account: (event) => event.key, type: ({ type }) => type, size: { of: "size", type: "int" } },
      where: ({ payload }) => payload["test"] !== true,
      measures: { events: count() },
    });
    const documents = shown(daily, [
      happened("2026-03-29T21:59:00Z", { size: 1 }, { key: "a/b" }),
      happened("2026-03-29T22:00:00Z", { size: 1 }, { key: "a/b" }),
      happened("2026-03-28T23:00:00Z", { size: 1 }, { key: "a/b" }),
      happened("2026-03-29T12:00:00Z", { size: 2 }, { key: "a%2Fb", type: "Paid" }),
      happened("2026-03-29T12:00:00Z", { size: 2, test: true }),
      happened("2026-03-29T12:00:00Z", { size: null }),
      happened("2026-03-29T12:00:00Z", {}),
    ]);
    expect(documents).toStrictEqual({
      "a%2Fb/Ordered/1/2026-03-29": {
        account: "a/b",
        type: "Ordered",
        size: 1,
        events: 2n,
        windowStart: new Date("2026-03-28T23:00:00Z"),
        windowEnd: new Date("2026-03-29T22:00:00Z"),
      },
      "a%2Fb/Ordered/1/2026-03-30": {
        account: "a/b",
        type: "Ordered",
        size: 1,
        events: 1n,
        windowStart: new Date("2026-03-29T22:00:00Z"),
        windowEnd: new Date("2026-03-30T22:00:00Z"),
      },
      "a%252Fb/Paid/2/2026-03-29": {
        account: "a%2Fb",
        type: "Paid",
        size: 2,
        events: 1n,
        windowStart: new Date("2026-03-28T23:00:00Z"),
        windowEnd: new Date("2026-03-29T22:00:00Z"),
      },
    });
  });

  it("are another projection where what they are made of is", () => {
    const text = (over: object = {}): unknown => windows({ ...DAILY, measures: { n: count() }, ...over }).madeOf;
    const texts = [
      text(),
      text({ by: "week" }),
      text({ timeZone: "Asia/Tokyo" }),
      text({ where: () => true }),
      text({ where: () => false }),
      text({ groupBy: { a: () => "x" } }),
      text({ measures: { n: sum("a", "int") } }),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    expect(text()).toBe(text());
    const [longs, doubles] = ["long", "double"].map((type) => windows({ ...DAILY, measures: { n: sum("a", type) } }));
    expect(doubles?.keyMadeOf).toBe(longs?.keyMadeOf);
    expect(doubles?.madeOf).not.toBe(longs?.madeOf);
  });

  it.each<[string, object, RegExp]>([
    ["a time zone that there isn't", { timeZone: "Mars/Olympus" }, /^windows of DailyOrders: .*MARS\/OLYMPUS/i],
    ["a length that there isn't", { by: "year" }, /by is "year": give "hour", "day", "week" or "month"/],
    ["a topic in place of topics", { from: "orders" }, /from is "orders": give a list of topics, such as \["orders"\]/],
    [
      "a measure that is none",
      { measures: { a: 3 } },
      /measures\.a is 3: write count\(\), sum\("field", "long"\) or another/,
    ],
    ["no measures", { measures: undefined }, /measures are missing: name what is measured/],
    ["a test that is none", { where: "x" }, /where is "x": write \(event\) => …, or leave it out/],
    ["a column twice", { measures: { windowEnd: count() } }, /two columns are called windowEnd: rename a group or/],
    ["a hidden column twice", { measures: { a: avg("v", "int"), a_sum: count() } }, /two columns are called a_sum/],
    [
      "values without an order",
      { measures: { a: max("v", { type: "array", items: "int" }) } },
      /a can't be the max of {"type"/,
    ],
    ["texts to add up", { measures: { a: sum("v", "string") } }, /values of the type string can't be added up/],
    ["groups without an order", { groupBy: { a: { of: "a", type: "null" } } }, /group a can't be of "null"/],
  ])("refuse %s", (_what, over, message) => {
    const refused = expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) });
    expect(() => windows({ ...DAILY, measures: {}, ...over })).toThrow(refused);
  });

  it("know the types of events", () => {
    type Event =
      | { readonly type: "Paid"; readonly payload: { readonly amount: bigint } }
      | { readonly type: "Sent"; readonly payload: { readonly to: string } };
    const made = windows<Event>({
      ...DAILY,
      groupBy: { to: (event) => (event.type === "Sent" ? event.payload.to : "nobody") },
      where: (event) => {
        expectTypeOf(event.type).toEqualTypeOf<"Paid" | "Sent">();
        return true;
      },
      measures: {
        count: count(),
        paid: sum((event) => (event.type === "Paid" ? event.payload.amount : undefined), "long"),
        kinds: distinct((event) => event.type),
      },
    });
    expect(made.name).toBe("DailyOrders");
  });
});

describe("a measure", () => {
  const long = 2n ** 62n;
  const cents = decimal(6, 2);
  const level: AvroType = { type: "enum", name: "Level", symbols: ["LOW", "HIGH"] };
  it.each<[string, Measure, readonly (Value | undefined)[], Value | undefined]>([
    ["count", count(), [1, undefined, null], 3n],
    ["sum of longs", sum("v", "long"), [long, 1, null, -long, long], long + 1n],
    ["sum of ints", sum("v", "int"), [2 ** 31 - 1, 1], 2n ** 31n],
    ["sum of nothing", sum("v", "int"), [undefined], 0n],
    ["sum of doubles", sum("v", "double"), [0.1, 0.2, 0.3], 0.6],
    [
      "sum of decimals",
      sum("v", cents),
      [new Decimal("0.10"), new Decimal("-1.20"), new Decimal("3")],
      new Decimal("1.90"),
    ],
    ["sum of long decimals", sum("v", decimal(40, 2)), ["0.10", "1.2"], "1.30"],
    ["average of longs", avg("v", "long"), [1n, 2n, null], 1.5],
    ["average of great longs", avg("v", "long"), [2n ** 53n + 1n, 2n ** 53n + 5n], 2 ** 53 + 4],
    ["average of doubles", avg("v", ["null", "double"]), [1e100, 3, -1e100], 1],
    [
      "average of decimals",
      avg("v", cents),
      [new Decimal("0.01"), new Decimal("0.01"), new Decimal("0.03")],
      new Decimal("0.016667"),
    ],
    ["min of doubles", min("v", "double"), [0, -0, Number.NaN, 1], -0],
    ["max of doubles", max("v", "double"), [0, -0, Number.NaN, Infinity], Number.NaN],
    ["max of texts", max("v", "string"), ["\uFFFF", "a", "😀"], "😀"],
    [
      "max of decimals",
      max("v", cents),
      [new Decimal("9"), new Decimal("10.50"), new Decimal("-11")],
      new Decimal("10.50"),
    ],
    [
      "min of dates",
      min("v", { type: "int", logicalType: "date" }),
      [new Date(2), new Date(1), new Date(3)],
      new Date(1),
    ],
    ["max of booleans", max("v", "boolean"), [false, true, false], true],
    [
      "max of bytes",
      max("v", "bytes"),
      [Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(0, 9)],
      Uint8Array.of(1, 0),
    ],
    ["max of symbols", max("v", level), ["HIGH", "LOW"], "HIGH"],
    ["last", last("v", "int"), [1, 3, 2, null, undefined], 2],
    ["distinct", distinct("v"), [1, 1n, 2, null, undefined, 1], 2],
    ["distinct of decimals", distinct("v"), [new Decimal("1.50"), new Decimal("1.5"), new Decimal("1")], 2],
    ["distinct of nothing", distinct("v"), [undefined], 0],
    ["a function's", sum(({ payload }) => (payload["v"] === 1 ? 5 : undefined), "int"), [1, 2], 5n],
  ])("%s", (_name, measure, values, expected) => {
    expect(measured(measure, values)).toStrictEqual(expected);
  });

  it.each<[string, Measure, readonly Value[], RegExp]>([
    ["a text for a long", sum("v", "long"), ["1"], /^field v is no long: give the type that the field has$/],
    ["a fraction for a long", sum("v", "long"), [1.5], /is no long/],
    ["a long for a double", max(() => 1n, "double"), [1], /^the value for result is no double/],
    ["more digits behind the point", sum("v", decimal(9, 2)), [new Decimal("1.005")], /no decimal of at most 2 digits/],
    ["a sum beyond 64 bits", sum("v", "long"), [2n ** 63n - 1n, 1n], /result doesn't fit into 64 bits/],
    [
      "too many values",
      distinct("v", { atMost: 2 }),
      [1, 2, 2, 3],
      /result has more than 2 different values: raise its/,
    ],
  ])("refuses %s", (_name, measure, values, message) => {
    expect(() => measured(measure, values)).toThrow(message);
  });

  it("takes the newest by time, then by place", () => {
    const projection = windows({ ...DAILY, measures: { v: last("v", "string") } });
    const events = [
      happened(-1, { v: "before 1970" }),
      happened(5, { v: "a" }, { topic: "orders", offset: 7 }),
      happened(5, { v: "b" }, { topic: "orders", offset: 10 }),
      happened(5, { v: "c" }, { topic: "orders", offset: 9 }),
      happened(4, { v: "d" }, { topic: "payments", offset: 99 }),
    ];
    for (const order of [events, events.toReversed()])
      expect(shown(projection, order)).toMatchObject({ "1969-12-31": { v: "before 1970" }, "1970-01-01": { v: "b" } });
  });
});

describe("measures of events in any order", () => {
  const money = decimal(12, 2);
  const projection = windows({
    ...DAILY,
    timeZone: "Australia/Lord_Howe",
    groupBy: ["account"],
    measures: {
      n: count(),
      longs: sum("a", "long"),
      meanLong: avg("a", "long"),
      doubles: sum("b", "double"),
      money: sum("c", money),
      meanMoney: avg("c", money),
      least: min("b", "double"),
      most: max("c", money),
      newest: last("a", "long"),
      kinds: distinct("a"),
    },
  });
  const event = fc.record({
    account: fc.constantFrom("x", "y"),
    hours: fc.integer({ min: 0, max: 60 }),
    a: fc.option(fc.bigInt(-5n, 5n)),
    b: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })),
    c: fc.option(fc.integer({ min: -1e6, max: 1e6 }).map((units) => new Decimal((units / 100).toFixed(2)))),
  });

  it("are those of the model", () => {
    const events = fc
      .array(event, { maxLength: 40 })
      .map((list) => list.map(({ hours, ...payload }, offset) => happened(hours * 3_600_000, payload, { offset })));
    const shuffled = events.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([inOrder, anyOrder]) => {
        const documents = folded(projection, anyOrder);
        const byKey = Map.groupBy(inOrder, (each) => String(projection.key?.(each)));
        expect(new Set(documents.keys())).toStrictEqual(new Set(byKey.keys()));
        for (const [key, group] of byKey) expect(documents.get(key)).toMatchObject(modelOf(group));
      }),
    );
  });

  function modelOf(events: readonly ReturnType<typeof happened>[]): object {
    const values = <T extends Value>(field: string, is: (value: Value | undefined) => value is T): readonly T[] =>
      events.map(({ payload }) => payload[field]).filter(is);
    const longs = values("a", (value: Value | undefined): value is bigint => typeof value === "bigint");
    const doubles = values("b", (value: Value | undefined): value is number => typeof value === "number");
    const decimals = values("c", (value: Value | undefined): value is Decimal => value instanceof Decimal).map(
      ({ text }) => new Big(text),
    );
    const total = longs.reduce((a, b) => a + b, 0n);
    const paid = decimals.reduce((a, b) => a.plus(b), new Big(0));
    const newest = events
      .filter(({ payload }) => payload["a"] !== null)
      .toSorted((a, b) => a.time.getTime() - b.time.getTime() || a.offset - b.offset)
      .at(-1);
    const known: Record<string, unknown> = { n: BigInt(events.length), kinds: new Set(longs).size };
    if (longs.length > 0) {
      Object.assign(known, { longs: total, meanLong: Number(total) / longs.length, newest: newest?.payload["a"] });
    }
    if (doubles.length > 0) known["least"] = Math.min(...doubles);
    if (decimals.length > 0) {
      known["money"] = new Decimal(plain(paid.toFixed(2)));
      known["most"] = new Decimal(plain(decimals.reduce((a, b) => (a.gt(b) ? a : b)).toFixed(2)));
      known["meanMoney"] = new Decimal(
        plain(paid.times(10_000).div(decimals.length).round(2, 2).div(10_000).toFixed(6)),
      );
    }
    return known;
  }

  function plain(text: string): string {
    return /[1-9]/.test(text) ? text : text.replace("-", "");
  }
});
