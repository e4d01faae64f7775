import { describe, expect, it, onTestFinished } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { type Harness, codes, messages, openHarness } from "../harness.ts";
import { aggregate, catalogOf, eventType, field, needed, record } from "../sketch.ts";

async function open(catalog: Catalog): Promise<Harness> {
  const api = await openHarness(catalog);
  onTestFinished(() => api.close());
  return api;
}

describe("an event type with its key in a field", () => {
  const keyed = (kind: "string" | "long" | "int" | "boolean") => {
    const type = record("x.Counted", [field("key", needed(kind)), field("by", needed("int"))]);
    return catalogOf(aggregate("Counter", { eventTypes: [eventType(type, { keys: ["key"] })] }));
  };
  const count = (id?: string) =>
    `mutation { counted(${id === undefined ? "" : `id: "${id}", `}input: { by: 1 }) { id } }`;

  it("fills the field with the id", async () => {
    const api = await open(keyed("string"));
    await api.run(count("a"));
    expect(api.appends).toMatchObject([{ id: "a", payload: { key: "a", by: 1 } }]);
  });

  it("makes the id itself where none is given", async () => {
    const api = await open(keyed("string"));
    await api.run(count());
    const [append] = api.appends;
    const id = append !== undefined && "payload" in append ? append.id : undefined;
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(append).toMatchObject({ payload: { key: id } });
  });

  it.each([
    ["long", "9007199254740993", 9007199254740993n],
    ["long", "-7", -7n],
    ["int", "7", 7],
  ] as const)("reads a %s from the id %s", async (kind, id, key) => {
    const api = await open(keyed(kind));
    await api.run(count(id));
    expect(api.appends).toMatchObject([{ id, payload: { key } }]);
  });

  it.each([
    ["long", "a"],
    ["long", "07"],
    ["int", "2147483648"],
    ["long", "9223372036854775808"],
    ["long", undefined],
    ["boolean", "true"],
  ] as const)("refuses what a %s can't be: %s", async (kind, id) => {
    const api = await open(keyed(kind));
    const result = await api.run(count(id));
    expect(codes(result)).toEqual(["EVENT_INVALID"]);
    expect(messages(result)).toContain("id ");
    expect(api.appends).toEqual([]);
  });
});
