import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { record } from "./codec/codec-harness.ts";
import { catalogOf, hinted } from "./support/catalog-of.ts";

/** The names of everything, without what the order of registration may change. */
function namesIn({ aggregates }: Catalog): unknown {
  return aggregates.map(({ name, singular, plural, topic, eventTypes }) => ({
    name,
    singular,
    plural,
    topic,
    types: eventTypes
      .toSorted((a, b) => (a.fullName < b.fullName ? -1 : 1))
      .map(({ fullName, name, mutation, record }) => [fullName, name, mutation, record.fields.map(({ type }) => type)]),
  }));
}

describe("names", () => {
  const topics = ["user", "users", "a.b", "a_b", "a-b", "queries", "clickstream-users", "User", "dates"];
  const fullNames = [
    "x.User",
    "y.User",
    "x.UserChanged",
    "x.Query",
    "user_changed",
    "x.y.Input",
    "UserWhere",
    "x.Date",
  ];
  const nested = (name: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
    inner: record(fields, name),
  });
  const bodies: readonly Readonly<Record<string, unknown>>[] = [
    {},
    nested("x.Inner", { a: "int" }),
    nested("x.Inner", { a: "string" }),
    nested("y.Inner", { a: ["int", "string"] }),
    { either: ["int", "string"] },
  ];
  /** Each event type has columns of its own: which of two contradicting ones came first is another matter. */
  const eventOf = (name: string, body: Readonly<Record<string, unknown>>): unknown => {
    const own = Object.entries(body).map(([field, type]) => [`${field}_${fullNames.indexOf(name)}`, type]);
    return record(Object.fromEntries(own), name);
  };
  const subjects = fc.uniqueArray(
    fc.tuple(fc.constantFrom(...topics), fc.constantFrom(...fullNames), fc.constantFrom(...bodies)),
    { minLength: 2, maxLength: 10, selector: ([topic, name]) => `${topic}-${name}` },
  );

  it("do not depend on the order in which the subjects were registered", async () => {
    const orders = subjects.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ([one, other]) => {
        const catalogs = [one, other].map((order) =>
          catalogOf(order.map(([topic, name, body]) => [`${topic}-${name}`, eventOf(name, body)])),
        );
        const [first, second] = await Promise.all(catalogs);
        expect(first && namesIn(first)).toEqual(second && namesIn(second));
      }),
      { numRuns: 150 },
    );
  });

  it("are each given once, and GraphQL allows them", async () => {
    await fc.assert(
      fc.asyncProperty(subjects, async (all) => {
        const { aggregates } = await catalogOf(
          all.map(([topic, name, body]) => [`${topic}-${name}`, eventOf(name, body)]),
        );
        const events = aggregates.flatMap(({ eventTypes }) => eventTypes);
        const types = [...aggregates.map(({ name }) => name), ...events.map(({ name }) => name)];
        const queries = aggregates.flatMap(({ singular, plural }) => [singular, plural]);
        for (const names of [types, queries, events.map(({ mutation }) => mutation)]) {
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^(?!__)[A-Za-z_]\w*$/);
        }
        expect(types).not.toContain("Query");
        expect(types).not.toContain("Date");
      }),
      { numRuns: 150 },
    );
  });

  it("of hints that clash are reported", async () => {
    const clash = catalogOf([
      ["a-x.A", hinted(record({ a: "int" }, "x.A"), { aggregate: "Thing", plural: "stuff" })],
      ["b-x.B", hinted(record({ a: "int" }, "x.B"), { aggregate: "Other", plural: "stuff" })],
    ]);
    await expect(clash).rejects.toMatchObject({ code: "CATALOG_INVALID", message: expect.stringContaining("stuff") });
  });
});
