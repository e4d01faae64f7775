import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import { firstState, reloadCatalog } from "../../src/catalog/reload.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { record } from "./codec/codec-harness.ts";
import { type Subjects, catalogOf, hinted } from "./support/catalog-of.ts";

const money = record({ amount: "int" }, "x.Money");
const events: Subjects = [
  ["orders-x.Placed", record({ total: money }, "x.Placed")],
  ["orders-x.Close", record({ reason: "string", either: ["int", "string"] }, "x.Close")],
  ["users-y.Made", record({ a: "int" }, "y.Made")],
];

function namesOf({ commands }: Catalog): readonly string[] {
  return commands.map(({ name }) => name);
}

describe("commands", () => {
  it("never change what there is without them", async () => {
    const bodies: readonly Readonly<Record<string, unknown>>[] = [
      {},
      { total: money },
      { total: record({ amount: "string" }, "x.Money") },
      { either: ["int", "string"], inner: record({}, "z.Placed") },
    ];
    const commands = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom("orders.commands", "users.commands", "others.commands"),
        fc.constantFrom(
          "x.Placed",
          "x.Place",
          "y.Place",
          "x.Order",
          "x.OrderEvent",
          "z.Money",
          "y.MadeInput",
          "y.made",
        ),
        fc.constantFrom(...bodies),
      ),
      { selector: ([topic, name]) => `${topic}-${name}` },
    );
    const { aggregates } = await catalogOf(events);
    await fc.assert(
      fc.asyncProperty(commands, async (all) => {
        const more = all.map(([topic, name, body]) => [`${topic}-${name}`, record(body, name)] as const);
        const catalog = await catalogOf([...events, ...more]);
        expect(catalog.aggregates).toEqual(aggregates);
        expect(catalog.skipped.map(({ subject }) => subject)).toEqual(
          more.map(([subject]) => subject).toSorted((a, b) => (a < b ? -1 : 1)),
        );
        const names = namesOf(catalog);
        expect(names).toHaveLength(all.length);
        const types = aggregates.flatMap(({ name, eventTypes }) => [name, ...eventTypes.map((type) => type.name)]);
        expect(new Set([...types, ...names]).size).toBe(types.length + names.length);
      }),
      { numRuns: 150 },
    );
  });

  it("are named alike in whatever order they were registered", async () => {
    const commands: Subjects = [
      ["orders.commands-x.Place", record({ inner: record({ a: "int" }, "x.Inner") }, "x.Place")],
      ["users.commands-x.Place", record({ inner: record({ b: "int" }, "x.Inner") }, "x.Place")],
      ["users.commands-y.Close", record({}, "y.Close")],
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...events, ...commands], { minLength: 6 }), async (order) => {
        expect(namesOf(await catalogOf(order))).toEqual([
          "OrdersCommandsPlace",
          "UsersCommandsClose",
          "UsersCommandsPlace",
        ]);
      }),
    );
  });

  it("share the types that events have too", async () => {
    const { aggregates, commands } = await catalogOf([
      ["orders.commands-x.Place", record({ total: money }, "x.Place")],
      ...events,
    ]);
    const [order] = aggregates;
    expect(commands[0]?.record.fields[0]?.type.type).toBe(
      order?.columns.find(({ name }) => name === "total")?.type.type,
    );
  });

  it("are those of the topics that are asked for, and outcomes are none", async () => {
    const all: Subjects = [
      ...events,
      ["orders.commands-x.Place", record({}, "x.Place")],
      ["users.commands-y.Make", record({}, "y.Make")],
      ["users.commands-y.Wrong", hinted(record({}, "y.Wrong"), { effct: "x" })],
      ["orders.outcomes-x.Outcome", record({}, "x.Outcome")],
    ];
    const { commands, skipped } = await catalogOf(all, {}, ["orders"]);
    expect(commands).toMatchObject([
      {
        fullName: "x.Place",
        name: "Place",
        topic: "orders",
        subject: "orders.commands-x.Place",
        schemaId: 4,
        version: 1,
        mutation: "place",
        record: expect.objectContaining({ graphqlName: "Place" }),
      },
    ]);
    expect(skipped).toMatchObject([{ subject: "orders.commands-x.Place" }]);
    await expect(catalogOf(all, {}, ["users"])).rejects.toMatchObject({ code: "CATALOG_INVALID" });
  });

  it("are named by a hint, of the schema or of the configuration", async () => {
    const subjects: Subjects = [
      ["carts.commands-x.Empty", hinted(record({}, "x.Empty"), { name: "EmptyCart" })],
      ["carts.commands-x.Fill", record({}, "x.Fill")],
    ];
    expect(namesOf(await catalogOf(subjects, { "x.Fill": { name: "FillCart" } }))).toEqual(["EmptyCart", "FillCart"]);
    await expect(catalogOf([...events, ...subjects], { "x.Fill": { name: "Close" } })).rejects.toMatchObject({
      code: "CATALOG_INVALID",
      message: expect.stringContaining("the command's name Close is taken in GraphQL"),
    });
  });
});

describe("a reload", () => {
  it("takes over newer commands, and keeps those that have a newer mistake, and nothing else", async () => {
    const registry = new FakeRegistry();
    const subject = "orders.commands-x.Place";
    for (const [name, schema] of events) await registry.add(name, schema);
    await registry.add(subject, record({ a: "int" }, "x.Place"));
    const first = firstState(await gatherSubjects(registry), {});
    await registry.add(subject, record({ a: "int", b: { of: "int", default: 0 } }, "x.Place"));
    const { state: second, problems } = reloadCatalog(first, await gatherSubjects(registry), {});
    expect(problems).toEqual([]);
    expect(second.catalog.commands[0]).toMatchObject({
      version: 2,
      record: { fields: [{ name: "a" }, { name: "b" }] },
    });
    expect(second.catalog.aggregates).toEqual(first.catalog.aggregates);
    await registry.add(subject, hinted(record({ a: "int" }, "x.Place"), { effct: "x" }));
    await registry.add("users-y.Renamed", record({ b: "int" }, "y.Renamed"));
    const { state: third, problems: found } = reloadCatalog(second, await gatherSubjects(registry), {});
    expect(found).toEqual([expect.objectContaining({ subject, topic: "orders.commands" })]);
    expect(third.catalog.commands).toEqual(second.catalog.commands);
    expect(third.catalog.aggregates.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name))).toContain(
      "Renamed",
    );
  });
});
