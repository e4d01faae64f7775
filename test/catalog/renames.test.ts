import { describe, expect, it } from "vitest";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { isAdditive, projectionDefinition } from "../../src/catalog/projection-definition.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { record } from "./codec/codec-harness.ts";
import { type Subjects, catalogOf } from "./support/catalog-of.ts";

const CHANGED = "user-x.Changed";

const RECORD = { type: "record", name: "x.Changed" };

/** An event type whose fields are texts, each with its older names. */
function textsWith(fields: Readonly<Record<string, readonly string[]>>, name = "x.Changed"): object {
  const list = Object.entries(fields).map(([field, aliases]) => ({ name: field, type: "string", aliases }));
  return { ...RECORD, name, fields: list };
}

async function columnsOf(...subjects: Subjects): Promise<object> {
  const { aggregates } = await catalogOf(subjects);
  return namesIn(aggregates[0]);
}

function namesIn(aggregate: Aggregate | undefined): object {
  return Object.fromEntries(
    (aggregate?.columns ?? []).map(({ name, graphqlName, aliases }) => [name, [graphqlName, ...aliases]]),
  );
}

async function decoded(registry: FakeRegistry, catalog: Catalog, id: number, ...texts: readonly string[]) {
  const codec = createCodec(registry, () => catalog);
  await codec.prepare("user", id);
  const avro = texts.map((text) => String.fromCharCode(text.length * 2) + text).join("");
  return codec.decode("user", Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from(avro, "latin1")]));
}

describe("a field that is renamed by an alias", () => {
  it("keeps its column, and the old name beside the new one", async () => {
    expect(await columnsOf([CHANGED, textsWith({ a: [] })], [CHANGED, textsWith({ b: ["a"] })])).toEqual({
      a: ["b", "a"],
    });
  });

  it("is followed through several renames, though each version names the last one only", async () => {
    const registry = new FakeRegistry();
    const first = await registry.add(CHANGED, textsWith({ a: [] }));
    await registry.add(CHANGED, textsWith({ b: ["a"] }));
    const newest = await registry.add(CHANGED, textsWith({ c: ["b"] }));
    const catalog = await gatherCatalog(registry);
    expect(namesIn(catalog.aggregates[0])).toEqual({ a: ["c", "b", "a"] });
    for (const id of [first, newest])
      expect(await decoded(registry, catalog, id, "x")).toMatchObject({ status: "decoded", payload: { c: "x" } });
  });

  it("needs no rebuild: the projection's definition is only added to", async () => {
    const versions: Subjects = [
      [CHANGED, textsWith({ a: [] })],
      [CHANGED, textsWith({ b: ["a"] })],
      [CHANGED, textsWith({ c: ["b"], d: [] })],
    ];
    const [first, second, third] = await Promise.all(
      [1, 2, 3].map(async (count) => projectionDefinition((await catalogOf(versions.slice(0, count))).aggregates)),
    );
    if (first === undefined || second === undefined || third === undefined) throw new Error("three were asked for");
    expect([isAdditive(first, second), isAdditive(second, third), isAdditive(first, third)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("shares its column with fields of other event types by the old name and, from then on, by the new one", async () => {
    const other = "user-x.Other";
    const shared = { a: ["b", "a"] };
    const renamed: Subjects = [
      [CHANGED, textsWith({ a: [] })],
      [CHANGED, textsWith({ b: ["a"] })],
    ];
    expect(await columnsOf(...renamed, [other, textsWith({ b: [] }, "x.Other")])).toEqual(shared);
    expect(await columnsOf(...renamed, [other, textsWith({ a: [] }, "x.Other")])).toEqual(shared);
  });

  it("leaves a name alone that had a column of its own before", async () => {
    const columns = await columnsOf(
      [CHANGED, textsWith({ a: [] })],
      ["user-x.Other", textsWith({ b: [] }, "x.Other")],
      [CHANGED, textsWith({ b: ["a"] })],
    );
    expect(columns).toEqual({ a: ["a"], b: ["b"] });
  });

  it("goes to the column that a hint names, under that name", async () => {
    const hintedField = { name: "b", type: "string", aliases: ["a"], eventql: { column: "mine" } };
    const hinted = { ...RECORD, fields: [hintedField] };
    expect(await columnsOf([CHANGED, textsWith({ a: [] })], [CHANGED, hinted])).toEqual({ mine: ["mine"] });
  });

  it("is guaranteed as it was under its old name", async () => {
    const { aggregates } = await catalogOf([
      [CHANGED, textsWith({ a: [] })],
      [CHANGED, textsWith({ b: ["a"] })],
    ]);
    expect(aggregates[0]?.columns[0]?.type.nullable).toBe(false);
  });

  it("is no rename where the old name is a field still", async () => {
    const registry = new FakeRegistry();
    const first = await registry.add(CHANGED, textsWith({ a: [] }));
    const both = [
      { name: "b", type: "string", aliases: ["a"], default: "none" },
      { name: "a", type: "string", default: "none" },
    ];
    await registry.add(CHANGED, { ...RECORD, fields: both });
    const catalog = await gatherCatalog(registry);
    expect(namesIn(catalog.aggregates[0])).toEqual({ b: ["b"], a: ["a"] });
    expect(await decoded(registry, catalog, first, "x")).toMatchObject({ payload: { b: "none", a: "x" } });
  });

  it("is the first of two that claim the same old name", async () => {
    const registry = new FakeRegistry();
    const first = await registry.add(CHANGED, textsWith({ a: [] }));
    const both = ["b", "c"].map((name) => ({ name, type: "string", aliases: ["a"], default: "none" }));
    await registry.add(CHANGED, { ...RECORD, fields: both });
    const catalog = await gatherCatalog(registry);
    expect(namesIn(catalog.aggregates[0])).toEqual({ a: ["b", "a"], c: ["c"] });
    expect(await decoded(registry, catalog, first, "x")).toMatchObject({ payload: { b: "x", c: "none" } });
  });

  it("reads under its new name in a nested record too", async () => {
    const nested = (field: object): object => ({ ...RECORD, name: "x.Inner", fields: [{ type: "string", ...field }] });
    const registry = new FakeRegistry();
    const first = await registry.add(CHANGED, record({ inner: nested({ name: "a" }) }, "x.Changed"));
    await registry.add(CHANGED, record({ inner: nested({ name: "b", aliases: ["a"] }) }, "x.Changed"));
    await registry.add(CHANGED, record({ inner: nested({ name: "c", aliases: ["b"] }) }, "x.Changed"));
    const catalog = await gatherCatalog(registry);
    expect(await decoded(registry, catalog, first, "x")).toMatchObject({ payload: { inner: { c: "x" } } });
  });

  it("can't take a column from the field whose it was, and says so", async () => {
    const reused = textsWith({ b: ["a"], a: [] });
    const hinted = { ...reused, eventql: { effect: "upsert" } };
    const versions: Subjects = [
      [CHANGED, textsWith({ a: [] })],
      [CHANGED, textsWith({ b: ["a"] })],
      [CHANGED, hinted],
    ];
    await expect(catalogOf(versions)).rejects.toThrow(/column a is named twice, here and by b/);
  });
});
