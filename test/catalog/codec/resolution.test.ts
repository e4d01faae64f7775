import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSchema } from "../../../src/catalog/avro/parse.ts";
import { Cursor } from "../../../src/catalog/codec/cursor.ts";
import { compileReader } from "../../../src/catalog/codec/read.ts";
import { Sink } from "../../../src/catalog/codec/sink.ts";
import { compileWriter } from "../../../src/catalog/codec/write.ts";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Value } from "../../../src/model/value.ts";
import { record } from "./codec-harness.ts";

/** What a value of the writer's schema is, read by the reader's. */
function readAs(writer: unknown, value: Value, reader: unknown): Value {
  const sink = new Sink();
  compileWriter(parseSchema(writer))(sink, value, "");
  expect(sink.problems).toEqual([]);
  const cursor = new Cursor();
  cursor.start(sink.result(), 0);
  const read = compileReader(parseSchema(writer), parseSchema(reader))(cursor);
  expect(cursor.position).toBe(cursor.end);
  return read;
}

const decimal = (scale: number): unknown => ({ type: "bytes", logicalType: "decimal", precision: 20, scale });
const long = (logicalType: string): unknown => ({ type: "long", logicalType });

describe("a field", () => {
  const before = record({ a: "int", b: "string" });

  it("that is new takes the reader's default", () => {
    const after = record({ c: { of: { type: "array", items: "int" }, default: [1] }, a: "int", b: "string" });
    expect(readAs(before, { a: 1, b: "x" }, after)).toStrictEqual({ c: [1], a: 1, b: "x" });
  });

  it("that is new and nullable is null even without a default", () => {
    expect(readAs(before, { a: 1, b: "x" }, record({ a: "int", c: ["int", "null"] }))).toStrictEqual({ a: 1, c: null });
  });

  it("that is new and has no default can't be read", () => {
    expect(() => readAs(before, { a: 1, b: "x" }, record({ c: "int" }))).toThrow("no field Thing.c");
  });

  it("that is gone is passed over", () => {
    expect(readAs(before, { a: 1, b: "x" }, record({ b: "string" }))).toStrictEqual({ b: "x" });
  });

  it("that was renamed is found by its alias", () => {
    const after = record({ b: "string", z: { of: "int", aliases: ["a"] } });
    expect(readAs(before, { a: 1, b: "x" }, after)).toStrictEqual({ b: "x", z: 1 });
  });

  it("stands where the reader has it, so that equal records are equal documents", () => {
    const read = readAs(before, { a: 1, b: "x" }, record({ b: "string", a: "int" }));
    expect(Object.keys(Object(read))).toEqual(["b", "a"]);
  });
});

describe("a type", () => {
  it.each<[unknown, Value, unknown, Value]>([
    ["int", 7, "long", 7n],
    ["int", 7, "double", 7],
    ["long", 2n ** 60n, "double", 2 ** 60],
    ["float", 0.5, "double", 0.5],
    ["string", "é", "bytes", Uint8Array.of(0xc3, 0xa9)],
    ["bytes", Uint8Array.of(0xc3, 0xa9), "string", "é"],
    ["int", 7, ["null", "int"], 7],
    ["null", null, ["null", "int"], null],
    [["null", "int"], 7, "int", 7],
    ["int", 7, ["string", "int"], { _type: "int", value: 7 }],
    ["int", 7, ["string", "double", "long"], { _type: "double", value: 7 }],
    [["int", "string"], { _type: "string", value: "x" }, ["string", "long"], { _type: "string", value: "x" }],
    [["int", "string"], { _type: "int", value: 7 }, ["string", "long"], { _type: "long", value: 7n }],
    [{ type: "array", items: "int" }, [1, 2], { type: "array", items: ["null", "long"] }, [1n, 2n]],
    [
      { type: "map", values: "int" },
      [{ key: "k", value: 1 }],
      { type: "map", values: "double" },
      [{ key: "k", value: 1 }],
    ],
  ])("%j %o is read as %j", (writer, value, reader, expected) => {
    expect(readAs(writer, value, reader)).toStrictEqual(expected);
  });

  it.each<[string, unknown, Value, unknown, Value]>([
    ["a decimal of another scale", decimal(2), new Decimal("-12.50"), decimal(4), new Decimal("-12.5000")],
    ["a decimal of a smaller scale", decimal(4), new Decimal("12.5000"), decimal(1), new Decimal("12.5")],
    ["millis as micros", long("timestamp-millis"), new Date(-1), long("timestamp-micros"), -1000n],
    ["micros as millis", long("timestamp-micros"), -1n, long("timestamp-millis"), new Date(-1)],
    [
      "large micros as millis",
      long("timestamp-micros"),
      2n ** 60n,
      long("timestamp-millis"),
      new Date(1_152_921_504_606_846),
    ],
    ["a long as an instant", "long", 5n, long("timestamp-millis"), new Date(5)],
    ["an instant as a long", long("timestamp-millis"), new Date(5), "long", 5n],
    [
      "the time of day as micros",
      { type: "int", logicalType: "time-millis" },
      5,
      { type: "long", logicalType: "time-micros" },
      5000n,
    ],
  ])("%s keeps its meaning", (_title, writer, value, reader, expected) => {
    expect(readAs(writer, value, reader)).toStrictEqual(expected);
  });

  it("of a decimal that would lose digits is refused", () => {
    expect(() => readAs(decimal(4), "1.2345", decimal(2))).toThrow("more than 2 digits");
  });

  it("that has moved to another namespace is the same, by its short name", () => {
    expect(
      readAs({ type: "enum", name: "a.E", symbols: ["A"] }, "A", { type: "enum", name: "b.E", symbols: ["A"] }),
    ).toBe("A");
    expect(() =>
      readAs({ type: "fixed", name: "F", size: 1 }, Uint8Array.of(1), { type: "fixed", name: "G", size: 1 }),
    ).toThrow("F can't be read as G");
  });

  it("of an enum without the symbol takes its default, else is refused", () => {
    const writer = { type: "enum", name: "E", symbols: ["A", "B"] };
    expect(readAs(writer, "B", { type: "enum", name: "E", symbols: ["A"], default: "A" })).toBe("A");
    expect(() => readAs(writer, "B", { type: "enum", name: "E", symbols: ["A"] })).toThrow("no such symbol");
  });

  it.each([
    ["string", "int"],
    ["long", "int"],
    [
      { type: "array", items: "string" },
      { type: "map", values: "string" },
    ],
    ["boolean", ["null", "string"]],
  ])("%j can't be read as %j", (writer, reader) => {
    expect(() => compileReader(parseSchema(writer), parseSchema(reader))).toThrow("can't be read as");
  });

  it("of a union is refused only where a branch is met that the reader doesn't have", () => {
    const writer = ["int", "string"];
    expect(readAs(writer, { _type: "int", value: 1 }, "long")).toBe(1n);
    expect(() => readAs(writer, { _type: "string", value: "x" }, "long")).toThrow("string can't be read as long");
  });
});

describe("a record in itself", () => {
  const node = record({ value: "int", next: ["null", "Thing"] });
  const chain = (length: number): Value => {
    let list: Value = null;
    for (let value = 0; value < length; value += 1) list = { value, next: list };
    return list;
  };

  it("is read by another version of itself", () => {
    const next = record({ value: "long", next: ["null", "Thing"], note: { of: "string", default: "-" } });
    const expected = { value: 1n, next: { value: 0n, next: null, note: "-" }, note: "-" };
    expect(readAs(node, chain(2), next)).toStrictEqual(expected);
  });

  it("is neither written nor read deeper than documents can be nested", () => {
    expect(readAs(node, chain(41), node)).toStrictEqual(chain(41));
    const sink = new Sink();
    compileWriter(parseSchema(node))(sink, chain(42), "");
    expect(sink.problems).toEqual([expect.stringContaining("nested more than 40 levels deep")]);
    const bytes = Buffer.concat([...Array.from({ length: 60 }, () => Buffer.from([0, 2])), Buffer.from([0, 0])]);
    const cursor = new Cursor();
    cursor.start(bytes, 0);
    expect(() => compileReader(parseSchema(node), parseSchema(node))(cursor)).toThrow(
      "nested more than 40 levels deep",
    );
  });
});

describe("a long", () => {
  it("is a bigint, exact over all of its 64 bits", () => {
    const any = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const edges = fc.tuple(fc.nat({ max: 63 }), fc.integer({ min: -2, max: 2 }), fc.boolean());
    const near = edges.map(([bits, offset, negative]) =>
      BigInt.asIntN(64, (negative ? -1n : 1n) * (2n ** BigInt(bits) + BigInt(offset))),
    );
    fc.assert(
      fc.property(fc.oneof(any, near), (value) => {
        expect(readAs("long", value, "long")).toBe(value);
        const given = Number.isSafeInteger(Number(value)) ? Number(value) : value;
        expect(readAs("long", given, "long")).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });
});
