import { describe, expect, it } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherCatalog, gatherSubjects } from "../../src/catalog/gather.ts";
import {
  type ProjectionDefinition,
  isAdditive,
  parseProjectionDefinition,
  projectionDefinition,
} from "../../src/catalog/projection-definition.ts";
import type { Decider } from "../../src/model/decider.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly [attribute: string]: unknown;
}

const a: Field = { name: "a", type: "int" };
const b: Field = { name: "b", type: "string" };

async function definitionOf(
  events: Readonly<Record<string, readonly Field[]>>,
  hints?: unknown,
): Promise<ProjectionDefinition> {
  const registry = new FakeRegistry();
  for (const [name, fields] of Object.entries(events))
    await registry.add(`things-${name}`, { type: "record", name, fields, eventql: hints });
  const { aggregates } = await gatherCatalog(registry);
  return projectionDefinition(aggregates);
}

describe("a projection's definition", () => {
  it("is plain JSON of what determines the documents", async () => {
    const definition = await definitionOf({ One: [a, { ...b, eventql: { column: "c", effect: "append" } }] });
    expect(definition).toEqual({
      aggregates: {
        Thing: {
          collection: "things",
          eventTypes: {
            One: {
              effect: "upsert",
              fields: {
                a: { column: "a", effect: "set", type: "int" },
                b: { column: "c", effect: "append", type: "string" },
              },
            },
          },
        },
      },
    });
    expect(parseProjectionDefinition(JSON.stringify(definition))).toEqual(definition);
  });

  it.each(["", "{}", '{"aggregates":7}'])("that can't be read (%j) needs a rebuild", (text) => {
    expect(() => parseProjectionDefinition(text)).toThrow(expect.objectContaining({ code: "PROJECTION_CHANGED" }));
  });

  it("does not depend on the order of subjects", async () => {
    const one = await definitionOf({ One: [a], Two: [b] });
    expect(JSON.stringify(await definitionOf({ Two: [b], One: [a] }))).toBe(JSON.stringify(one));
  });
});

describe("a change", () => {
  it.each<[string, Readonly<Record<string, readonly Field[]>>]>([
    ["nothing", { One: [a, b] }],
    ["a new event type", { One: [a, b], Two: [b] }],
    ["a new field", { One: [a, b, { name: "c", type: "int" }] }],
    ["a field that may be null now", { One: [{ ...a, type: ["null", "int"] }, b] }],
    ["a field of a wider type", { One: [{ ...a, type: "long" }, b] }],
    ["a field that is gone", { One: [a] }],
    ["an event type that is gone", { Two: [b] }],
    ["a doc, and a hint that only GraphQL sees", { One: [{ ...a, doc: "!", eventql: { hidden: true } }, b] }],
    [
      "a renamed field that keeps its column",
      { One: [{ name: "z", type: "int", aliases: ["a"], eventql: { column: "a" } }, b] },
    ],
  ])("by %s applies in place", async (_title, events) => {
    expect(isAdditive(await definitionOf({ One: [a, b] }), await definitionOf(events))).toBe(true);
  });

  it.each<[string, readonly Field[], unknown, string]>([
    ["another column", [{ ...a, eventql: { column: "c" } }, b], undefined, "the column of One.a was a, is c"],
    [
      "another effect of a field",
      [{ ...a, eventql: { effect: "add" } }, b],
      undefined,
      "the effect of One.a was set, is add",
    ],
    ["another type", [{ ...a, type: "string" }, b], undefined, "the type of One.a was int, is string"],
    ["the key", [a, { ...b, eventql: { key: true } }], undefined, "the column of One.b was b, is none"],
    ["another effect", [a, b], { effect: "create" }, "the effect of One was upsert, is create"],
    ["another aggregate", [a, b], { aggregate: "Other" }, "the aggregate Thing is gone"],
    ["another collection", [a, b], { plural: "stuff" }, "the collection of Thing was things, is stuff"],
    ["a renamed field", [{ name: "z", type: "int", aliases: ["a"] }, b], undefined, "the column of One.a was a, is z"],
  ])("to %s needs a rebuild", async (_title, fields, hints, change) => {
    expect(isAdditive(await definitionOf({ One: [a, b] }), await definitionOf({ One: fields }, hints))).toEqual([
      change,
    ]);
  });

  it("to an event type's aggregate needs a rebuild", async () => {
    const before = await definitionOf({ One: [a], Two: [b] });
    const one = before.aggregates["Thing"]?.eventTypes["One"];
    const two = before.aggregates["Thing"]?.eventTypes["Two"];
    const after: ProjectionDefinition = {
      aggregates: {
        Thing: { collection: "things", eventTypes: { ...(one && { One: one }) } },
        Other: { collection: "others", eventTypes: { ...(two && { Two: two }) } },
      },
    };
    expect(isAdditive(before, after)).toEqual(["Two was of the aggregate Thing, is of Other"]);
  });
});

describe("a decider", () => {
  const decider = (of: Partial<Decider> = {}): Decider => ({
    aggregate: "Thing",
    topic: "things",
    initial: {},
    decide: {},
    evolve: { One: (state) => state },
    version: 1,
    eventMutations: false,
    ...of,
  });
  const decided = async (of: Partial<Decider> = {}, type = "int"): Promise<ProjectionDefinition> => {
    const registry = new FakeRegistry();
    await registry.add("things-One", { type: "record", name: "One", fields: [{ ...a, type }] });
    return projectionDefinition(buildCatalog(await gatherSubjects(registry), { deciders: [decider(of)] }).aggregates);
  };

  it("is part of it where it makes the documents, and the fields are not", async () => {
    const definition = await decided({ version: 2 });
    expect(definition.aggregates["Thing"]).toEqual({
      collection: "things",
      owned: true,
      evolve: { version: 2, columns: { a: "int" } },
      eventTypes: { One: { effect: "evolve", fields: {} } },
    });
    expect(parseProjectionDefinition(JSON.stringify(definition))).toEqual(definition);
  });

  it("without evolve changes nothing, nor does it that a topic becomes an owned one", async () => {
    const open = await definitionOf({ One: [a] });
    const owned = await decided({ evolve: undefined });
    expect(owned.aggregates["Thing"]?.owned).toBe(true);
    expect(isAdditive(open, owned)).toBe(true);
    expect(isAdditive(owned, open)).toBe(true);
  });

  it("with evolve changes how documents are made", async () => {
    const open = await definitionOf({ One: [a] });
    const made = await decided();
    expect(isAdditive(open, made)).toEqual(["documents of Thing were made by hints, are made by its decider's evolve"]);
    expect(isAdditive(made, open)).toEqual(["documents of Thing were made by its decider's evolve, are made by hints"]);
    expect(isAdditive(made, await decided({ version: 2 }))).toEqual(["the version of Thing's decider was 1, is 2"]);
    expect(isAdditive(made, await decided({}, "long"))).toEqual(["the type of column a of Thing was int, is long"]);
    expect(isAdditive(made, await decided({}, "double"))).toBe(true);
  });
});
