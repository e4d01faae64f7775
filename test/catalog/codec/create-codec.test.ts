import { describe, expect, it } from "vitest";
import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import { EventQLError, isEventQLError } from "../../../src/errors.ts";
import { Decimal } from "../../../src/model/decimal.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";
import { harness, message, onlyEventType, record } from "./codec-harness.ts";

const nothing: Catalog = { aggregates: [], commands: [], skipped: [], generation: 0 };

describe("decode", () => {
  it("asks for a schema that it doesn't know, and the registry only once for it", async () => {
    const registry = new FakeRegistry();
    const id = await registry.add("things-value", record({ a: "int" }));
    const catalog = await gatherCatalog(registry);
    const codec = createCodec(registry, () => catalog);
    const bytes = message(id, Uint8Array.of(14));
    expect(codec.decode("things", bytes)).toEqual({ status: "unprepared", schemaId: id });
    await codec.prepare("things", id);
    await codec.prepare("things", id);
    expect(codec.decode("things", bytes)).toMatchObject({ status: "decoded", payload: { a: 7 } });
    expect(registry.asked.get(id)).toBe(1);
  });

  it("says that the registry has no such schema, and asks it again on the next call", async () => {
    const { codec, registry } = await harness(record({ a: "int" }));
    await codec.prepare("things", 77);
    expect(codec.decode("things", message(77, new Uint8Array()))).toMatchObject({ code: "SCHEMA_NOT_FOUND" });
    await codec.prepare("things", 77);
    expect(registry.asked.get(77)).toBe(2);
  });

  it("reads ids of all 32 bits", async () => {
    const { codec } = await harness(record({ a: "int" }));
    const bytes = Uint8Array.of(0, 0xff, 0xff, 0xff, 0xfe);
    expect(codec.decode("things", bytes)).toEqual({ status: "unprepared", schemaId: 0xffff_fffe });
  });

  it("says that a topic has no such event type, until a newer catalog has it, without asking for the schema again", async () => {
    const registry = new FakeRegistry();
    const id = await registry.add("things-value", record({ a: "int" }));
    let catalog = nothing;
    const codec = createCodec(registry, () => catalog);
    const bytes = message(id, Uint8Array.of(14));
    await codec.prepare("things", id);
    expect(codec.decode("things", bytes)).toMatchObject({ code: "EVENT_TYPE_UNKNOWN" });
    catalog = await gatherCatalog(registry);
    expect(codec.decode("things", bytes)).toMatchObject({ status: "decoded" });
    expect(codec.decode("others", bytes)).toMatchObject({
      code: "EVENT_TYPE_UNKNOWN",
      reason: "Topic others has no event type Thing: register its schema under others-Thing.",
    });
    expect(registry.asked.get(id)).toBe(1);
  });

  it("gives the events of a schema one and the same writer, with the reader's fields that it has", async () => {
    const first = record({ a: "int", b: { of: "int", aliases: [] } });
    const second = record({ z: { of: "int", aliases: ["a"] }, c: { of: "int", default: 1 } });
    const { codec, ids } = await harness(first, second);
    const decoded = [1, 2].map((value) => codec.decode("things", message(ids[0] ?? 0, Uint8Array.of(2 * value, 0))));
    const writers = decoded.map((event) => (event.status === "decoded" ? event.writer : undefined));
    expect(writers[0]).toBe(writers[1]);
    expect(writers[0]?.fields).toEqual(new Set(["z"]));
    expect(decoded[1]).toMatchObject({ payload: { z: 2, c: 1 }, writer: { schemaId: ids[0] } });
  });

  it("picks the event type by the branch of a union, and refuses a null", async () => {
    const union = ["null", record({ a: "int" }, "x.One"), record({ b: "string" }, "x.Two")];
    const { codec, ids, catalog } = await harness(union);
    const decode = (...bytes: number[]): unknown =>
      codec.decode("things", message(ids[0] ?? 0, Uint8Array.from(bytes)));
    expect(decode(2, 6)).toMatchObject({ writer: { eventType: { fullName: "x.One" } }, payload: { a: 3 } });
    expect(decode(4, 2, 0x21)).toMatchObject({ writer: { eventType: { fullName: "x.Two" } }, payload: { b: "!" } });
    expect(decode(0)).toMatchObject({ code: "EVENT_INVALID" });
    expect(decode(6)).toMatchObject({ code: "EVENT_INVALID" });
    const two = catalog.aggregates[0]?.eventTypes.find(({ fullName }) => fullName === "x.Two");
    expect(two && Buffer.from(codec.encode(two, { b: "!" }))).toEqual(message(ids[0] ?? 0, Uint8Array.of(4, 2, 0x21)));
  });

  it("reads events of a record's old name as the one that has it for an alias", async () => {
    const { codec, ids } = await harness(record({ a: "int" }, "Old"), {
      ...Object(record({ a: "int" }, "New")),
      aliases: ["Old"],
    });
    const decoded = codec.decode("things", message(ids[0] ?? 0, Uint8Array.of(2)));
    expect(decoded).toMatchObject({ writer: { eventType: { fullName: "New" } }, payload: { a: 1 } });
  });

  it("reads enum symbols that only older versions had", async () => {
    const { codec, ids } = await harness(
      record({ e: { type: "enum", name: "E", symbols: ["A", "B"] } }),
      record({ e: { type: "enum", name: "E", symbols: ["B"] } }),
    );
    expect(codec.decode("things", message(ids[0] ?? 0, Uint8Array.of(0)))).toMatchObject({ payload: { e: "A" } });
  });

  it("says why a schema can't be read as the newest one", async () => {
    const { codec, ids } = await harness(record({ a: "string" }), record({ a: "int" }));
    expect(codec.decode("things", message(ids[0] ?? 0, Uint8Array.of(0)))).toMatchObject({
      code: "EVENT_INVALID",
      reason: "The event is not valid: its schema's string can't be read as int.",
    });
  });

  it("follows references to other subjects", async () => {
    const registry = new FakeRegistry();
    await registry.add("shop.Money", record({ amount: "long" }, "shop.Money"));
    const id = await registry.add("things-value", record({ price: "shop.Money" }), [
      { name: "shop.Money", subject: "shop.Money", version: 1 },
    ]);
    const catalog = await gatherCatalog(registry);
    const codec = createCodec(registry, () => catalog);
    await codec.prepare("things", id);
    expect(codec.decode("things", message(id, Uint8Array.of(6)))).toMatchObject({ payload: { price: { amount: 3n } } });
  });

  it("leaves it to the caller to try again where the registry is away", async () => {
    const registry = new FakeRegistry();
    registry.byId = () => Promise.reject(new EventQLError("REGISTRY_UNAVAILABLE", "The registry is away."));
    const codec = createCodec(registry, () => nothing);
    await expect(codec.prepare("things", 1)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true });
    expect(codec.decode("things", message(1, new Uint8Array()))).toMatchObject({ status: "unprepared" });
  });
});

describe("encode", () => {
  it("writes the newest schema's id and takes defaults, and null, for what is left out", async () => {
    const schema = record({ a: { of: "int", default: 3 }, b: ["null", "int"], c: "int" });
    const { codec, eventType, ids } = await harness(schema);
    expect(Buffer.from(codec.encode(eventType, { c: 1 }))).toEqual(message(ids[0] ?? 0, Uint8Array.of(6, 0, 2)));
  });

  it("names every field that does not fit, by its path and what was expected, and never a value", async () => {
    const { codec, eventType } = await harness(
      record({
        name: "string",
        size: { of: "int" },
        color: { type: "enum", name: "Color", symbols: ["RED", "BLUE"] },
        price: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
        born: { type: "int", logicalType: "date" },
        tags: { type: "array", items: ["null", "string"] },
        scores: { type: "map", values: "int" },
        either: ["int", "string"],
        inner: record({ deep: "long" }, "Inner"),
      }),
    );
    const wrong = {
      name: 5,
      size: 2 ** 31,
      color: "secret-color",
      price: new Decimal("123.45"),
      born: new Date(1),
      tags: ["secret", 1],
      scores: [{ key: "k", value: "secret" }],
      either: "secret",
      inner: { deep: 0.5, extra: "secret" },
      nme: "secret",
    };
    const problems = [
      "name: expected string, got a number",
      "size: expected int, got a number",
      "color: expected one of RED, BLUE, got a string",
      "price: expected decimal(4, 2), got a decimal(5, 2)",
      "born: expected date, got a date",
      "tags[1]: expected string, got a number",
      "scores[0].value: expected int, got a string",
      "either: expected one of int, string, got a string",
      "inner.deep: expected long, got a number",
      "inner.extra: Inner has no such field",
      "nme: Thing has no such field",
    ];
    expect(problemsOf(() => codec.encode(eventType, wrong))).toEqual(problems);
  });

  it("refuses longs beyond 64 bits, numbers that aren't exact, and half of a surrogate pair", async () => {
    const { codec, eventType } = await harness(record({ a: "long", b: "string" }));
    expect(problemsOf(() => codec.encode(eventType, { a: 2n ** 63n, b: "\ud800" }))).toEqual([
      "a: expected long, got a bigint",
      "b: expected string, got a string",
    ]);
    expect(problemsOf(() => codec.encode(eventType, { a: 2 ** 53, b: "" }))).toEqual([
      "a: expected long, got a number",
    ]);
  });

  it("takes no property that the payload only inherits", async () => {
    const { codec, eventType } = await harness(record({ constructor: "string" }));
    expect(problemsOf(() => codec.encode(eventType, {}))).toEqual(["constructor: expected string, got nothing"]);
  });

  it("writes what decode reads, for the event type of a catalog", async () => {
    const { codec, catalog } = await harness(record({ a: "string", b: "double" }));
    const payload = { a: "é", b: 0.1 };
    const bytes = codec.encode(onlyEventType(catalog), payload);
    expect(codec.decode("things", bytes)).toMatchObject({ payload });
  });
});

function problemsOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return isEventQLError(error, "EVENT_INVALID") ? error.details["problems"] : error;
  }
}
