import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { EventQLError } from "../../src/errors.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { avroRecords } from "./codec/arbitrary-avro.ts";
import { record } from "./codec/codec-harness.ts";
import { type Subjects, catalogOf, hinted } from "./support/catalog-of.ts";

describe("a stranger's schema", () => {
  it("never stops the start, whatever it is", async () => {
    const names = fc.constantFrom("things-Event", "things-value", "Event", "odd", "things-key", "-value", "a b-value");
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(names, avroRecords), { selector: ([name]) => name }), async (all) => {
        await expect(catalogOf(all.map(([name, { schema }]) => [name, schema]))).resolves.toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, unknown]>([
    ["a number", 7],
    ["null", null],
    ["an empty union", []],
    ["a union in a union", [["int"]]],
    ["no fields", { type: "record", name: "R" }],
    [
      "a field twice",
      {
        type: "record",
        name: "R",
        fields: [
          { name: "a", type: "int" },
          { name: "a", type: "int" },
        ],
      },
    ],
    ["a field that no object can have", record({ ["__proto__"]: "int" })],
    ["a field that MongoDB's driver has for itself", record({ _bsontype: "string" })],
    ["a name with a space", record({ a: "int" }, "A B")],
    ["an enum without a list of symbols", record({ a: { type: "enum", name: "E" } })],
    ["an enum with a symbol that is no text", record({ a: { type: "enum", name: "E", symbols: ["A", 7] } })],
    ["a fixed of negative size", record({ a: { type: "fixed", name: "F", size: -1 } })],
    ["the name of a primitive", record({ a: "int" }, "string")],
  ])("that is %s is left out, and says why", async (_title, schema) => {
    const { aggregates, skipped } = await catalogOf([["things-value", schema]]);
    expect(aggregates).toEqual([]);
    expect(skipped).toEqual([{ subject: "things-value", reason: expect.stringMatching(/./) }]);
  });

  it("that is nested without end is left out", async () => {
    const text = `${'{"type":"array","items":'.repeat(50_000)}"int"${"}".repeat(50_000)}`;
    const registry = new FakeRegistry();
    await registry.register("things-value", `{"type":"record","name":"R","fields":[{"name":"a","type":${text}}]}`);
    await registry.register("others-value", JSON.stringify(record({ a: "int" })));
    const { aggregates } = await gatherCatalog(registry);
    expect(aggregates.map(({ topic }) => topic)).toContain("others");
  });

  it("that belongs to no topic may have hints that mean nothing to us", async () => {
    const { skipped } = await catalogOf([["odd", hinted(record({ a: "int" }), { topic: "no topic!", deep: 1 })]]);
    expect(skipped).toEqual([
      { subject: "odd", reason: expect.stringContaining("the hint topic must be the name of a topic") },
    ]);
  });

  it("in another format is left out", async () => {
    const registry = new FakeRegistry();
    await registry.register("things-value", "syntax = 'proto3';", [], "PROTOBUF");
    const { skipped } = await gatherCatalog(registry);
    expect(skipped).toEqual([{ subject: "things-value", reason: "it is PROTOBUF: only Avro makes event types" }]);
  });

  it("with a default that is none of its type has no default", async () => {
    const { aggregates } = await catalogOf([
      ["things-value", record({ a: { of: "int", default: "x" }, b: { of: ["string", "null"], default: null } })],
    ]);
    const fields = aggregates[0]?.eventTypes[0]?.record.fields ?? [];
    expect(fields.map((field) => "default" in field)).toEqual([false, true]);
  });
});

describe("columns", () => {
  it("are not null where each event that can make the document has always given a value", async () => {
    const nullable = async (...versions: readonly unknown[]): Promise<boolean | undefined> => {
      const { aggregates } = await catalogOf(versions.map((schema) => ["things-value", schema]));
      return aggregates[0]?.columns.find(({ name }) => name === "a")?.type.nullable;
    };
    const b = { of: "int", default: 0 };
    expect(await nullable(record({ a: "int" }))).toBe(false);
    expect(await nullable(record({ b }), record({ a: { of: "int", default: 1 }, b }))).toBe(true);
    expect(await nullable(record({ a: ["null", "int"] }), record({ a: "int" }))).toBe(true);
    expect(await nullable(record({ a: "int" }), record({ a: "int", b }))).toBe(false);
  });

  it("are joined where the types of several events are stored alike", async () => {
    const typeOf = async (...types: readonly unknown[]): Promise<unknown> => {
      const { aggregates } = await catalogOf(types.map((a, index) => [`things-E${index}`, record({ a }, `E${index}`)]));
      return aggregates[0]?.columns[0]?.type.type;
    };
    const list = (items: unknown): unknown => ({ type: "array", items });
    const enumeration = (...symbols: string[]): unknown => ({ type: "enum", name: "Color", symbols });
    expect(await typeOf("int", "long")).toEqual({ kind: "long" });
    expect(await typeOf("double", "float", "int")).toEqual({ kind: "double" });
    expect(await typeOf(list("int"), list(["null", "long"]))).toEqual({
      kind: "array",
      items: { type: { kind: "long" }, nullable: true },
    });
    expect(await typeOf(enumeration("A"), enumeration("B"))).toMatchObject({
      symbols: expect.arrayContaining(["A", "B"]),
    });
  });

  it("that one event hides are hidden in all of them", async () => {
    const secret = record({ a: { of: "int", eventql: { hidden: true } } }, "One");
    const { aggregates } = await catalogOf([
      ["things-One", secret],
      ["things-Two", record({ a: "int" }, "Two")],
    ]);
    expect(aggregates[0]?.columns[0]?.hidden).toBe(true);
    expect(aggregates[0]?.eventTypes.map(({ fields }) => fields[0]?.hidden)).toEqual([true, true]);
  });
});

describe("topics", () => {
  const user = hinted(record({ a: "int" }, "x.UserChanged"), { aggregate: "User", topic: "appuser" });

  it("follow the subject, whatever the schema's hint: schemas are registered under other topics for tests", async () => {
    const { aggregates } = await catalogOf([["test-1-x.UserChanged", user]]);
    expect(aggregates.map(({ name, topic }) => [name, topic])).toEqual([["User", "test-1"]]);
  });

  it("that share an aggregate by hints leave it to the one that the schema names, even where it came later", async () => {
    const { aggregates, skipped } = await catalogOf([
      ["test-1-x.UserChanged", user],
      ["appuser-x.UserChanged", user],
    ]);
    expect(aggregates.map(({ topic }) => topic)).toEqual(["appuser"]);
    expect(skipped.map(({ subject }) => subject)).toEqual(["test-1-x.UserChanged"]);
  });

  it("can be chosen, and then mistakes elsewhere don't count", async () => {
    const wrong = hinted(record({ a: "int" }, "x.Wrong"), { effect: "no" });
    const subjects: Subjects = [
      ["appuser-x.UserChanged", user],
      ["other-x.Wrong", wrong],
    ];
    await expect(catalogOf(subjects)).rejects.toMatchObject({ code: "CATALOG_INVALID" });
    const { aggregates } = await catalogOf(subjects, {}, ["appuser"]);
    expect(aggregates.map(({ name }) => name)).toEqual(["User"]);
  });
});

describe("gathering", () => {
  it("reads no more than 16 subjects at once", async () => {
    const registry = new FakeRegistry();
    for (let index = 0; index < 100; index += 1)
      await registry.add(`t${index}-value`, record({ a: "int" }, `E${index}`));
    const versions = registry.versions.bind(registry);
    let active = 0;
    let most = 0;
    registry.versions = async (subject) => {
      most = Math.max(most, (active += 1));
      await new Promise(setImmediate);
      active -= 1;
      return versions(subject);
    };
    const { aggregates } = await gatherCatalog(registry);
    expect(aggregates).toHaveLength(100);
    expect(most).toBe(16);
  });

  it("passes over a subject that is deleted meanwhile, and fails where the registry does", async () => {
    const registry = new FakeRegistry();
    await registry.add("things-value", record({ a: "int" }));
    registry.subjects = () => Promise.resolve(["gone-value", "things-value"]);
    await expect(gatherCatalog(registry)).resolves.toMatchObject({ aggregates: [{ name: "Thing" }] });
    registry.versions = () => Promise.reject(new EventQLError("REGISTRY_UNAVAILABLE", "The registry is away."));
    await expect(gatherCatalog(registry)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });
});
