import { describe, expect, it } from "vitest";
import { incompatibleLines } from "../../../src/schema-registry/avro/check-schema.ts";

function lines(older: unknown, newer: unknown): readonly string[] {
  const alone = (schema: unknown): { text: string; dependencies: readonly string[] } => ({
    text: JSON.stringify(schema),
    dependencies: [],
  });
  return incompatibleLines(alone(newer), alone(older));
}

function record(fields: readonly object[], attributes: object = {}): object {
  return { type: "record", name: "app.R", fields, ...attributes };
}

const field = (name: string, type: unknown, attributes: object = {}): object => ({ name, type, ...attributes });
const color = (symbols: readonly string[], attributes: object = {}): object => ({
  type: "enum",
  name: "Color",
  symbols,
  ...attributes,
});

describe("the reasons of an incompatibility", () => {
  it("says that a field was added with no default, and what to do", () => {
    expect(lines(record([]), record([field("email", "string")]))).toEqual([
      "field `email`: string, was added with no default: readers of old events would have no value. " +
        "Give it a default (or, if it was renamed, its old name as an alias)",
    ]);
  });

  it("says which type can't be read as which", () => {
    expect(lines(record([field("age", "int")]), record([field("age", "string")]))).toEqual([
      "field `age`: int can't be read as string: keep the type, or add a new field",
    ]);
  });

  it("names the symbols that an enum lost", () => {
    const [older, newer] = [color(["RED", "GREEN"]), color(["RED"])].map((type) => record([field("color", type)]));
    expect(lines(older, newer)).toEqual([
      "field `color`: enum app.Color lost GREEN, which old events may hold: keep the symbol, or give the enum a default",
    ]);
  });

  it("names the alias that a renamed record needs", () => {
    expect(lines(record([]), record([], { name: "app.S" }))).toEqual([
      'record app.R was renamed to app.S with no alias: give app.S the alias "app.R"',
    ]);
  });

  it("names the branch that a union lost", () => {
    const [older, newer] = [
      ["null", "string"],
      ["null", "int"],
    ].map((type) => record([field("x", type)]));
    expect(lines(older, newer)).toEqual([
      "field `x`: old events hold string, which the union of null, int has not: add that branch to the union",
    ]);
    expect(lines(record([field("x", ["null", "string"])]), record([field("x", "string")]))).toEqual([
      "field `x`: old events may hold null: null can't be read as string: keep the type, or add a new field",
    ]);
  });

  it("finds the place inside lists, maps, unions and records", () => {
    const deep = (type: string): object =>
      record([
        field("list", {
          type: "array",
          items: { type: "map", values: ["null", record([field("x", type)], { name: "X" })] },
        }),
      ]);
    expect(lines(deep("int"), deep("boolean"))).toEqual([
      "field `list[]{}.x`: int can't be read as boolean: keep the type, or add a new field",
    ]);
  });

  it("names every place, not the first alone", () => {
    const [older, newer] = ["int", "string"].map((type) => record([field("a", type), field("b", type)]));
    expect(lines(older, newer)).toHaveLength(2);
  });

  it("names the sizes of a fixed that grew", () => {
    const [older, newer] = [2, 4].map((size) => record([field("f", { type: "fixed", name: "F", size })]));
    expect(lines(older, newer)).toEqual(["field `f`: fixed app.F went from 2 to 4 bytes: add a new field instead"]);
  });

  it("refuses what keeps the bytes and changes the value", () => {
    const decimal = (scale: number): object => ({ type: "bytes", logicalType: "decimal", precision: 9, scale });
    const time = (logicalType: string): object => ({ type: "long", logicalType });
    expect(lines(record([field("d", decimal(2))]), record([field("d", decimal(3))]))[0]).toMatch(
      /scale went from 2 to 3/,
    );
    const millis = record([field("t", time("timestamp-millis"))]);
    expect(lines(millis, record([field("t", time("timestamp-micros"))]))[0]).toMatch(/another value/);
    expect(lines(millis, record([field("t", "long")]))).toEqual([]);
  });
});

describe("what Avro's schema resolution allows", () => {
  it.each([
    ["int", "long"],
    ["int", "float"],
    ["int", "double"],
    ["long", "float"],
    ["long", "double"],
    ["float", "double"],
    ["string", "bytes"],
    ["bytes", "string"],
    ["string", ["null", "string"]],
    [["int", "long"], "double"],
    [
      ["null", "int"],
      ["null", "long", "string"],
    ],
  ])("reads %j as %j", (older, newer) => {
    expect(lines(older, newer)).toEqual([]);
  });

  it("reads a removed field, a renamed one by its alias, and another order", () => {
    const older = record([field("a", "int"), field("gone", "string"), field("b", "int")]);
    expect(lines(older, record([field("c", "int", { aliases: ["b"] }), field("a", "int")]))).toEqual([]);
  });

  it("reads a renamed record, enum and fixed by their aliases", () => {
    expect(lines(record([]), record([], { name: "app.S", aliases: ["R"] }))).toEqual([]);
    expect(lines(color(["A"]), color(["A"], { name: "Colour", aliases: ["Color"] }))).toEqual([]);
  });

  it("reads a symbol that is gone as the enum's default", () => {
    expect(lines(color(["A", "B"]), color(["A"], { default: "A" }))).toEqual([]);
  });

  it("refuses a field with aliases of two written fields", () => {
    const older = record([field("a", "int"), field("b", "int")]);
    expect(lines(older, record([field("c", "int", { aliases: ["a", "b"] })]))[0]).toMatch(/`a` and `b`/);
  });

  it("follows records that contain themselves", () => {
    const list = (type: string, ...more: readonly object[]): object =>
      record([field("value", type), field("next", ["null", "app.R"]), ...more]);
    expect(lines(list("int"), list("long"))).toEqual([]);
    expect(lines(list("int"), list("int", field("more", "int")))).toHaveLength(1);
    expect(lines(list("int"), list("string"))).toHaveLength(1);
  });

  it("doesn't take a record for readable on the word of one that turned out unreadable and was read by another branch", () => {
    const b = record([field("back", ["null", "app.A"])], { name: "app.B" });
    const a = (type: string): object => record([field("g", b), field("h", type)], { name: "app.A" });
    const other = record([], { name: "app.Other", aliases: ["A"] });
    const older = record([field("f1", a("int")), field("f2", "app.B")]);
    const newer = record([field("f1", [a("string"), other]), field("f2", "app.B")]);
    expect(lines(older, newer)).toEqual([
      "field `f2.back.h`: int can't be read as string: keep the type, or add a new field",
    ]);
  });
});
