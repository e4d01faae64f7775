import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { record } from "./codec/codec-harness.ts";
import { catalogOf } from "./support/catalog-of.ts";

describe("a record with a name that all objects know", () => {
  it.each(["constructor", "toString", "hasOwnProperty", "__proto__"])("%s has no hints by that", async (name) => {
    const { aggregates, skipped } = await catalogOf([
      ["things-One", record({ a: "int" }, "One")],
      [`things-${name}`, record({ a: ["int", "string"] }, name)],
    ]);
    expect(aggregates.map(({ topic }) => topic)).toEqual(["things"]);
    expect(skipped.map(({ subject }) => subject)).toEqual([`things-${name}`]);
  });
});

describe("what is left out", () => {
  it("is named with everything that is wrong with it", async () => {
    const { skipped } = await catalogOf([
      [
        "things-value",
        [record({ a: "int", b: "int", c: "int" }, "x.One"), record({ a: "string", b: "bytes" }, "x.Two")],
      ],
    ]);
    expect(skipped).toEqual([
      {
        subject: "things-value",
        reason:
          "event type x.Two: column a has two types, string here and int in things-value (a); " +
          "column b has two types, bytes here and int in things-value (b). " +
          'Give the field a column of its own by the hint "column"',
      },
    ]);
  });

  it("isn't what others are made of", async () => {
    const registry = new FakeRegistry();
    await registry.add("x.Status", { type: "enum", name: "x.Status", symbols: ["A"] });
    const references = [{ name: "x.Status", subject: "x.Status", version: 1 }];
    await registry.add("things-x.Thing", record({ status: "x.Status" }, "x.Thing"), references);
    await registry.add("lonely", { type: "enum", name: "x.Lonely", symbols: ["A"] });
    const { aggregates, skipped } = await gatherCatalog(registry);
    expect(aggregates.map(({ topic }) => topic)).toEqual(["things"]);
    expect(skipped.map(({ subject }) => subject)).toEqual(["lonely"]);
  });

  it("is a subject whose types lead further than can be followed, alone", async () => {
    const chain = Array.from({ length: 1_500 }, (_, at) =>
      record({ [`a${at}`]: at === 0 ? "int" : `R${at - 1}` }, `R${at}`),
    );
    const { aggregates, skipped } = await catalogOf([
      ["far-value", chain],
      ["near-value", record({ a: "int" }, "Near")],
    ]);
    expect(aggregates.map(({ topic }) => topic)).toEqual(["near"]);
    expect(skipped).toEqual([
      { subject: "far-value", reason: expect.stringMatching(/^1500 of its types .* flatter$/) },
    ]);
  });
});

describe("a union", () => {
  const either = ["null", "int", "string"];

  it("in a record that is an event type and part of another one has one name", async () => {
    const { aggregates } = await catalogOf([
      ["things-value", [record({ either }, "x.Part"), record({ part: { of: "x.Part" } }, "x.Whole")]],
    ]);
    const [part, whole] = aggregates[0]?.eventTypes ?? [];
    expect(part?.record.fields[0]?.type.type).toMatchObject({ kind: "union", graphqlName: "PartEither" });
    const inner = whole?.record.fields[0]?.type.type;
    expect(inner).toMatchObject({ kind: "record", fields: [{ type: part?.record.fields[0]?.type }] });
  });

  it("in an event type keeps its short name beside that of the same record elsewhere, which holds others", async () => {
    const { aggregates } = await catalogOf([
      [
        "things-value",
        [record({ either: ["null", "int", "x.Part"] }, "x.Part"), record({ part: { of: "x.Part" } }, "x.Whole")],
      ],
    ]);
    const [part, whole] = aggregates[0]?.eventTypes ?? [];
    const inner = whole?.record.fields[0]?.type.type;
    expect(part?.record.fields[0]?.type.type).toMatchObject({ graphqlName: "PartEither" });
    expect(inner).toMatchObject({ fields: [{ type: { type: { graphqlName: "ThingsPartEither" } } }] });
  });
});

it("a namespace that only registries allow gives names that GraphQL allows", async () => {
  const envelope = {
    type: "record",
    name: "Envelope",
    namespace: "my-db.shop items",
    fields: [{ name: "a", type: "int" }],
  };
  const { aggregates } = await catalogOf([
    ["one-value", envelope],
    ["two-value", { ...envelope, namespace: "other-db.shop items" }],
  ]);
  const names = aggregates.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name));
  expect(names).toEqual(["OneEnvelope", "TwoEnvelope"]);
});
