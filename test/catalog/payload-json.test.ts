import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePayload } from "../../src/catalog/payload-json.ts";
import { payloadToJson } from "../../src/catalog/payload-to-json.ts";
import { isEventQLError } from "../../src/errors.ts";
import { Decimal } from "../../src/model/decimal.ts";
import type { Value } from "../../src/model/value.ts";
import { avroRecords } from "./codec/arbitrary-avro.ts";
import { harness, record } from "./codec/codec-harness.ts";

const logical = (type: string, logicalType: string): unknown => ({ type, logicalType });

async function parsed(type: unknown, json: unknown): Promise<unknown> {
  const { eventType } = await harness(record({ a: type }));
  return parsePayload(eventType, { a: json })["a"];
}

async function problems(schema: unknown, json: unknown): Promise<unknown> {
  const { eventType } = await harness(schema);
  try {
    return parsePayload(eventType, json);
  } catch (error) {
    return isEventQLError(error, "EVENT_INVALID") ? error.details["problems"] : error;
  }
}

describe("JSON as an attacker writes it", () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`b${index}`, 1]));

  it.each([
    ["unknown fields", "int", { a: 1, ...many }],
    ["wrong values", { type: "array", items: "int" }, { a: Object.keys(many) }],
  ])("is told of the first of many %s", async (_what, type, json) => {
    expect(await problems(record({ a: type }), json)).toHaveLength(50);
  });

  it("may be nested so far", async () => {
    const schema = record({ a: ["null", "shop.Node"] }, "shop.Node");
    const nested = (depth: number): object => (depth === 0 ? { a: null } : { a: nested(depth - 1) });
    expect(await problems(schema, nested(200))).toHaveProperty("a.a.a");
    expect(await problems(schema, nested(5_000))).toEqual(["a: it is nested more than 250 deep"]);
  });
});

describe("JSON as a person writes it", () => {
  const decimal = { type: "bytes", logicalType: "decimal", precision: 6, scale: 2 };
  const union = ["null", "int", record({ x: "int" }, "shop.Point")];

  it.each<[unknown, unknown, Value]>([
    ["long", 7, 7n],
    ["long", "7", 7n],
    ["long", "-9223372036854775808", -(2n ** 63n)],
    ["bytes", "aGk=", Uint8Array.of(0x68, 0x69)],
    [decimal, 12.5, new Decimal("12.50")],
    [decimal, "12.5", new Decimal("12.50")],
    [decimal, "-0.05", new Decimal("-0.05")],
    [{ ...decimal, precision: 40 }, "12.5", "12.50"],
    [logical("int", "date"), "2024-02-29", new Date("2024-02-29")],
    [logical("int", "date"), 1, new Date(86_400_000)],
    [logical("int", "time-millis"), "01:00:00.5", 3_600_500],
    [logical("long", "time-micros"), "00:00:00.000001", 1n],
    [logical("long", "timestamp-millis"), "2024-01-01T01:00:00+01:00", new Date("2024-01-01")],
    [logical("long", "timestamp-millis"), 0, new Date(0)],
    [logical("long", "timestamp-micros"), "1970-01-01T00:00:00.000001Z", 1n],
    [logical("long", "local-timestamp-millis"), "1970-01-01T00:00:01", new Date(1000)],
    [logical("long", "local-timestamp-micros"), "1969-12-31T23:59:59.999999", -1n],
    [
      { type: "map", values: "int" },
      { b: 1, a: 2 },
      [
        { key: "a", value: 2 },
        { key: "b", value: 1 },
      ],
    ],
    [union, null, null],
    [union, { int: 3 }, { _type: "int", value: 3 }],
    [union, { "shop.Point": { x: 1 } }, { _type: "shop.Point", value: { x: 1 } }],
    [union, { _type: "shop.Point", value: { x: 1 } }, { _type: "shop.Point", value: { x: 1 } }],
  ])("of type %j: %j is %o", async (type, json, expected) => {
    expect(await parsed(type, json)).toStrictEqual(expected);
  });

  it.each<[unknown, unknown, string]>([
    ["long", 2 ** 53, "long, got a number"],
    ["long", "9223372036854775808", "long, got a string"],
    ["long", "", "long, got a string"],
    ["bytes", "%", "bytes, got a string"],
    [decimal, "1.234", "decimal(6, 2), got a string"],
    [decimal, "12345.67", "decimal(6, 2), got a string"],
    [logical("int", "date"), "2024-02-30", "date, got a string"],
    [logical("int", "time-millis"), "24:00:00", "time-millis, got a string"],
    [logical("long", "timestamp-millis"), "2024-01-01T00:00:00", "timestamp-millis, got a string"],
    [logical("long", "timestamp-millis"), "2024-01-01T00:00:00.000001Z", "timestamp-millis, got a string"],
    [logical("long", "local-timestamp-millis"), "2024-01-01T00:00:00Z", "local-timestamp-millis, got a string"],
    [logical("string", "uuid"), "1", "uuid, got a string"],
    [{ type: "enum", name: "E", symbols: ["A", "B"] }, "C", "one of A, B, got a string"],
    [union, 3, "a union of int, shop.Point or null, got a number"],
    [union, { string: "x" }, "a union of int, shop.Point or null, got an object"],
  ])("of type %j: %j is refused", async (type, json, expected) => {
    expect(await problems(record({ a: type }), { a: json })).toEqual([`a: expected ${expected}`]);
  });

  it("may leave out what has a default or may be null, and names every mistake by its path", async () => {
    const schema = record({
      first_name: "string",
      age: { of: "int", default: 1 },
      note: ["null", "string"],
      list: { type: "array", items: record({ x: "int" }, "Item") },
    });
    const { eventType } = await harness(schema);
    expect(parsePayload(eventType, { first_name: "a", list: [] })).toEqual({ first_name: "a", list: [] });
    expect(await problems(schema, { firstname: "a", list: [{ x: "secret" }, 3] })).toEqual([
      "first_name: expected string, got nothing",
      "list[0].x: expected int, got a string",
      "list[1]: expected record Item, got a number",
      "firstname: no such field. Did you mean first_name?",
    ]);
    expect(await problems(schema, [])).toEqual(["the event: expected an object, got a list"]);
  });
});

describe("an event as JSON", () => {
  it("is read back to the same event", async () => {
    const examples = avroRecords.chain(({ schema, values }) => values.map((value) => ({ schema, value })));
    await fc.assert(
      fc.asyncProperty(examples, async ({ schema, value }) => {
        const { eventType, codec, ids } = await harness(schema);
        const payload = isPayload(value) ? value : {};
        const json: unknown = JSON.parse(JSON.stringify(payloadToJson(eventType.record, payload)));
        const again = parsePayload(eventType, json);
        expect(again).toEqual(payload);
        expect(codec.decode("things", codec.encode(eventType, again))).toMatchObject({ writer: { schemaId: ids[0] } });
      }),
      { numRuns: 200 },
    );
  });

  it("leaves hidden fields out", async () => {
    const { eventType } = await harness(record({ a: "int", b: "int" }));
    expect(payloadToJson(eventType.record, { a: 1, b: 2 }, new Set(["b"]))).toEqual({ a: 1 });
  });
});

function isPayload(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
