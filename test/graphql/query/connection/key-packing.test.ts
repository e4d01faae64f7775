import { expect, it } from "vitest";
import { planSchema } from "../../../../src/graphql/plan.ts";
import { keyPacking } from "../../../../src/graphql/query/connection/key-packing.ts";
import { aggregate, catalogOf, column, nullable } from "../../sketch.ts";

it.each([
  ["double", 5n],
  ["double", 2n ** 60n],
  ["double", Number.NEGATIVE_INFINITY],
  ["long", 5],
] as const)("a column that is %s by now may hold %s from before", (kind, value) => {
  const [plan] = planSchema(catalogOf(aggregate("Thing", { columns: [column("a", nullable(kind))] }))).aggregates;
  if (plan === undefined) throw new TypeError("no plan");
  const packing = keyPacking(plan, "a");
  expect(packing.unpack(packing.pack(value))).toBe(value);
});
