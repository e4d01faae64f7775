import { expect, it } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import { compileProjected, misfitsOf } from "../../src/fold/projected-fold.ts";
import type { WorkingDocument } from "../../src/fold/compile-fold.ts";
import { Decimal } from "../../src/model/decimal.ts";
import type { AvroType } from "../../src/model/projection.ts";
import type { Payload, Value } from "../../src/model/value.ts";
import { windows } from "../../src/model/windows/define-windows.ts";
import { type Measure, avg, count, decimal, distinct, last, max, min, sum } from "../../src/model/windows/measures.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const level: AvroType = { type: "enum", name: "Level", namespace: "shop", symbols: ["LOW", "HIGH"] };

/** Fields of all types that measures know, and two values of each. */
const FIELDS: readonly (readonly [string, AvroType, Value, Value])[] = [
  ["int", "int", 2, 1],
  ["long", "long", 2n, 1n],
  ["float", "float", 0.5, 0.25],
  ["double", "double", 0.5, 0.25],
  ["money", decimal(6, 2), new Decimal("2.50"), new Decimal("1.00")],
  ["huge", decimal(40, 1), "2.5", "1.0"],
  ["text", "string", "b", "a"],
  [
    "uuid",
    { type: "string", logicalType: "uuid" },
    "0190a0de-0000-7000-8000-000000000002",
    "0190a0de-0000-7000-8000-000000000001",
  ],
  ["flag", "boolean", true, false],
  ["raw", "bytes", Uint8Array.of(2), Uint8Array.of(1)],
  ["day", { type: "int", logicalType: "date" }, new Date(86_400_000), new Date(0)],
  ["at", { type: "long", logicalType: "timestamp-millis" }, new Date(2), new Date(1)],
  ["micros", { type: "long", logicalType: "timestamp-micros" }, 2n, 1n],
  ["clock", { type: "int", logicalType: "time-millis" }, 2, 1],
  ["level", level, "HIGH", "LOW"],
];

const ADDED = new Set(["int", "long", "float", "double", "money", "huge"]);

it("folds values of each type into columns that can be stored", async () => {
  const registry = new FakeRegistry();
  const fields = FIELDS.map(([name, type]) => ({ name, type }));
  await registry.add("orders-shop.Placed", { type: "record", name: "Placed", namespace: "shop", fields });
  const measures = Object.fromEntries(
    FIELDS.flatMap(([name, type]): readonly (readonly [string, Measure])[] => [
      [`min_${name}`, min(name, type)],
      [`max_${name}`, max(name, type)],
      [`last_${name}`, last(name, type)],
      [`distinct_${name}`, distinct(name)],
      ...(ADDED.has(name)
        ? ([
            [`sum_${name}`, sum(name, type)],
            [`avg_${name}`, avg(name, type)],
          ] as const)
        : []),
    ]),
  );
  const projection = windows({
    name: "PerMonth",
    from: ["orders"],
    by: "month",
    groupBy: { level: { of: "level", type: level } },
    measures: { ...measures, n: count() },
  });
  const { aggregates } = buildCatalog(await gatherSubjects(registry), {
    projections: [projection],
    checkState: misfitsOf,
  });
  const aggregate = aggregates.find(({ name }) => name === "PerMonth");
  const eventType = aggregates.find(({ topic }) => topic === "orders")?.eventTypes[0];
  if (aggregate === undefined || eventType === undefined) throw new TypeError("the catalog has them");
  const shown = aggregate.columns.filter(({ hidden }) => !hidden).map(({ name }) => name);
  expect(shown.toSorted()).toEqual(["level", "n", "windowEnd", "windowStart", ...Object.keys(measures)].toSorted());

  const fold = compileProjected(aggregate, projection, { eventType, emit: undefined });
  const payloads = [2, 3].map((index): Payload =>
    Object.fromEntries(FIELDS.map((field) => [field[0], valueAt(field, index)])),
  );
  let document: WorkingDocument | undefined;
  for (const [offset, payload] of payloads.entries()) {
    const record = { topic: "orders", partition: 0, offset, timestamp: 0, key: null, value: null, headers: {} };
    document = fold?.(
      document,
      "HIGH/1970-01-01",
      { ...payload, level: "HIGH" },
      { record, write: () => {}, keep: () => {} },
    );
  }
  expect(document).toMatchObject({
    _id: "HIGH/1970-01-01",
    level: "HIGH",
    windowStart: new Date(0),
    n: 2n,
    sum_long: 3n,
    avg_int: 1.5,
    sum_double: 0.75,
    sum_money: new Decimal("3.50"),
    avg_money: new Decimal("1.750000"),
    sum_huge: "3.5",
    avg_huge: "1.75000",
    min_uuid: "0190a0de-0000-7000-8000-000000000001",
    max_raw: Uint8Array.of(2),
    last_at: new Date(1),
    distinct_day: 2,
    max_level: "HIGH",
  });
});

function valueAt(field: (typeof FIELDS)[number], index: number): Value {
  return field[index === 2 ? 2 : 3];
}
