import { expect, it } from "vitest";
import { incompatibleLines } from "../../src/schema-registry/avro/check-schema.ts";
import { isEventQLError } from "../../src/errors.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { tidyRegistry } from "./tidy-registry.ts";

const record = (fields: readonly object[], name = "app.R", attributes: object = {}): object => ({
  type: "record",
  name,
  fields,
  ...attributes,
});
const field = (type: unknown, attributes: object = {}): object => record([{ name: "x", type, ...attributes }]);
const color = (symbols: readonly string[], attributes: object = {}): object =>
  field({ type: "enum", name: "Color", symbols, ...attributes });
const fixed = (size: number): object => field({ type: "fixed", name: "F", size });
const time = (logicalType: string): object => field({ type: "long", logicalType });
const decimal = (scale: number): object => field({ type: "bytes", logicalType: "decimal", precision: 9, scale });

/** What happens to the schema, the old one, the new one, and whether both registries take it. */
const EVOLUTIONS: readonly (readonly [string, object, object, "taken" | "refused"])[] = [
  ["a field with a default is added", record([]), field("int", { default: 0 }), "taken"],
  ["a field without a default is added", record([]), field("int"), "refused"],
  ["a field is removed", field("int"), record([]), "taken"],
  ["a field is renamed with an alias", field("int"), record([{ name: "y", type: "int", aliases: ["x"] }]), "taken"],
  ["a field is renamed without one", field("int"), record([{ name: "y", type: "int" }]), "refused"],
  ["int becomes long", field("int"), field("long"), "taken"],
  ["long becomes int", field("long"), field("int"), "refused"],
  ["string becomes bytes", field("string"), field("bytes"), "taken"],
  ["bytes becomes string", field("bytes"), field("string"), "taken"],
  ["string becomes int", field("string"), field("int"), "refused"],
  ["a type becomes nullable", field("int"), field(["null", "int"]), "taken"],
  ["a nullable type is not any more", field(["null", "int"]), field("int"), "refused"],
  ["a union gains a branch", field(["null", "int"]), field(["null", "int", "string"]), "taken"],
  ["a union loses a branch", field(["null", "int", "string"]), field(["null", "int"]), "refused"],
  ["an enum gains a symbol", color(["A"]), color(["A", "B"]), "taken"],
  ["an enum loses a symbol", color(["A", "B"]), color(["A"]), "refused"],
  ["an enum with a default loses a symbol", color(["A", "B"]), color(["A"], { default: "A" }), "taken"],
  ["a fixed grows", fixed(2), fixed(4), "refused"],
  ["a list's items widen", field({ type: "array", items: "int" }), field({ type: "array", items: "long" }), "taken"],
  ["a map's values narrow", field({ type: "map", values: "long" }), field({ type: "map", values: "int" }), "refused"],
  ["a record is renamed with an alias", record([]), record([], "app.S", { aliases: ["app.R"] }), "taken"],
  ["a record is renamed without one", record([]), record([], "app.S"), "refused"],
  ["a logical type is dropped", time("timestamp-millis"), field("long"), "taken"],
];

/** Where the embedded registry is stricter, and why. */
const STRICTER: readonly (readonly [string, object, object])[] = [
  ["a record moves to another namespace: events are decoded by full names", record([]), record([], "other.R")],
  ["a decimal's scale changes: 12.50 would read as 1.250", decimal(2), decimal(3)],
  [
    "a timestamp's unit changes: dates would move by thousands of years",
    time("timestamp-millis"),
    time("timestamp-micros"),
  ],
];

describeReal("the verdict of the embedded registry and of a real one", () => {
  it.each(EVOLUTIONS)("is the same where %s", async (_, older, newer, verdict) => {
    expect(embedded(older, newer)).toBe(verdict);
    expect(await real(older, newer)).toBe(verdict);
  });

  it.each(STRICTER)("differs knowingly where %s", async (_, older, newer) => {
    expect(embedded(older, newer)).toBe("refused");
    expect(await real(older, newer)).toBe("taken");
  });
});

function embedded(older: object, newer: object): "taken" | "refused" {
  const text = (schema: object): { text: string; dependencies: readonly string[] } => ({
    text: JSON.stringify(schema),
    dependencies: [],
  });
  return incompatibleLines(text(newer), text(older)).length === 0 ? "taken" : "refused";
}

async function real(older: object, newer: object): Promise<"taken" | "refused"> {
  const { open, tidy } = tidyRegistry(realStack().registryUrl);
  const registry = open();
  const subject = uniqueName("verdict");
  try {
    await registry.register(subject, JSON.stringify(older));
    await registry.register(subject, JSON.stringify(newer));
    return "taken";
  } catch (error) {
    if (isEventQLError(error, "SCHEMA_INCOMPATIBLE")) return "refused";
    throw error;
  } finally {
    await tidy();
    await registry.close();
  }
}
