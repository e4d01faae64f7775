import avsc from "avsc";
import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import type { DecodedEvent, DecodeFailure } from "../../src/catalog/codec.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { catalogOf } from "./support/catalog-of.ts";
import { message, record } from "./codec/codec-harness.ts";

async function readAs(
  older: unknown,
  event: unknown,
  newer: unknown,
): Promise<{ catalog: Catalog; event: DecodedEvent | DecodeFailure }> {
  const registry = new FakeRegistry();
  const id = await registry.add("t-value", older);
  await registry.add("t-value", newer);
  const catalog = await gatherCatalog(registry);
  const codec = createCodec(registry, () => catalog);
  await codec.prepare("t", id);
  const schema: avsc.Schema = avsc.Type.forSchema(JSON.parse(JSON.stringify(older))).schema();
  return { catalog, event: codec.decode("t", message(id, avsc.Type.forSchema(schema).toBuffer(event))) };
}

describe("events of an older version", () => {
  it("are read by the record's new name, which the API has", async () => {
    const renamed = { ...Object(record({ a: "int" }, "x.New")), aliases: ["Old"] };
    const { catalog, event } = await readAs(record({ a: "int" }, "x.Old"), { a: 1 }, renamed);
    expect(event).toMatchObject({ status: "decoded", payload: { a: 1 }, writer: { eventType: { fullName: "x.New" } } });
    expect(catalog.aggregates[0]?.eventTypes.map(({ name }) => name)).toEqual(["New"]);
  });

  it("keep symbols that the newest version has not, which the API's enum has", async () => {
    const enumOf = (...symbols: readonly string[]): unknown =>
      record({ kind: { type: "enum", name: "Kind", symbols, default: "A" } }, "x.E");
    const { catalog, event } = await readAs(enumOf("A", "GONE"), { kind: "GONE" }, enumOf("A", "B"));
    expect(event).toMatchObject({ payload: { kind: "GONE" } });
    expect(catalog.aggregates[0]?.columns[0]?.type.type).toMatchObject({ symbols: ["A", "B", "GONE"] });
  });

  it.each([
    ["int", "long", 7, 7n],
    ["int", "double", 7, 7],
    ["float", "double", 0.5, 0.5],
    ["string", ["null", "string"], "x", "x"],
  ])("of type %j are read as %j", async (from, to, value, expected) => {
    const { event } = await readAs(record({ a: from }, "x.E"), { a: value }, record({ a: to }, "x.E"));
    expect(event).toMatchObject({ status: "decoded", payload: { a: expected } });
  });
});

describe("a union that lists what its records are made of, as files made of IDL do", () => {
  const KIND = { type: "enum", name: "x.Kind", symbols: ["A"] };

  it("holds its records' event types", async () => {
    const { aggregates, skipped } = await catalogOf([["t-value", [KIND, record({ kind: "x.Kind" }, "x.E")]]]);
    expect([aggregates[0]?.eventTypes.map(({ name }) => name), skipped]).toEqual([["E"], []]);
  });

  it("is left out where one of its types is none of theirs", async () => {
    const { skipped } = await catalogOf([["t-value", [KIND, record({ a: "int" }, "x.E")]]]);
    expect(skipped).toMatchObject([{ reason: expect.stringContaining("a union with enum") }]);
  });
});
