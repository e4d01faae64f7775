import { describe, expect, it } from "vitest";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import { type NameLock, parseNameLock, printNameLock } from "../../src/catalog/name-lock.ts";
import { firstState, reloadCatalog } from "../../src/catalog/reload.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { record } from "./codec/codec-harness.ts";
import { type Subjects, hinted } from "./support/catalog-of.ts";

const FILE = "eventql.lock.json";

function lockOf(topic: string, types: Readonly<Record<string, string>>, aggregates = {}): NameLock {
  return parseNameLock(JSON.stringify({ version: 1, topics: { [topic]: { types, aggregates } } }), FILE);
}

async function catalogOf(subjects: Subjects, lock: NameLock): Promise<Catalog> {
  return firstState(await gathered(subjects), { lock }).catalog;
}

async function gathered(subjects: Subjects): ReturnType<typeof gatherSubjects> {
  const registry = new FakeRegistry();
  for (const [subject, schema] of subjects) await registry.add(subject, schema);
  return gatherSubjects(registry);
}

function eventNames({ aggregates }: Catalog): readonly string[] {
  return aggregates.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name)).toSorted();
}

const MADE = record({}, "x.Made");

describe("a lock file", () => {
  it("is printed sorted, and read as it was", () => {
    const lock = lockOf("b", { "x.B": "B", "x.A > x.C": "C" }, { default: { name: "B2", plural: "bs" } });
    const text = printNameLock({ ...lock, topics: { ...lock.topics, a: { types: {}, aggregates: {} } } });
    expect(Object.keys(JSON.parse(text).topics)).toEqual(["a", "b"]);
    expect(text.indexOf("x.A > x.C")).toBeLessThan(text.indexOf('"x.B"'));
    expect(printNameLock(parseNameLock(text, FILE))).toBe(text);
  });

  it.each([
    ["[", /eventql\.lock\.json is no JSON/],
    ['{"version": 2, "topics": {}}', /version/],
    ['{"version": 1, "topics": {"a": {"types": {"x.A": "__A"}}}}', /topics → a → types → x\.A: must be a name/],
    [
      '{"version": 1, "topics": {"a": {"types": {"x.A": "A", "x.B": "A"}}}}',
      /the name A is given twice, to x\.A of topic a/,
    ],
  ])("is refused as %s", (text, why) => {
    expect(() => parseNameLock(text, FILE)).toThrow(why);
  });

  it("keeps the name of an event type that another one wants too, and gives the other one another", async () => {
    const subjects: Subjects = [
      ["a-x.Made", MADE],
      ["b-x.Made", MADE],
    ];
    expect(eventNames(await catalogOf(subjects, lockOf("none", {})))).toEqual(["AMade", "BMade"]);
    expect(eventNames(await catalogOf(subjects, lockOf("a", { "x.Made": "Made" })))).toEqual(["BMade", "Made"]);
  });

  it("keeps the name of what isn't there for when it comes back", async () => {
    const lock = lockOf("gone", { "x.Made": "Made" }, { default: { name: "B", plural: "bs" } });
    const { aggregates } = await catalogOf([["b-x.Made", MADE]], lock);
    expect(aggregates).toMatchObject([{ name: "B_3e23e816", eventTypes: [{ name: "BMade" }] }]);
  });

  it("is followed by a record that was renamed by an alias", async () => {
    const renamed = { ...Object(record({}, "x.Done")), aliases: ["x.Made"] };
    const subjects: Subjects = [
      ["a-value", MADE],
      ["a-value", renamed],
    ];
    expect(eventNames(await catalogOf(subjects, lockOf("a", { "x.Made": "Made" })))).toEqual(["Made"]);
  });

  it("keeps a nested type's name with most of those that have it, once they differ", async () => {
    const withInner = (name: string, type: string): unknown =>
      record({ [`in_${name}`]: record({ a: type }, "x.Inner") }, `x.${name}`);
    const lock = lockOf("t", Object.fromEntries(["A", "B", "C"].map((name) => [`x.${name} > x.Inner`, "Inner"])));
    const catalog = await catalogOf(
      [
        ["t-x.A", withInner("A", "long")],
        ["t-x.B", withInner("B", "int")],
        ["t-x.C", withInner("C", "int")],
      ],
      lock,
    );
    const types = catalog.aggregates[0]?.columns.map(({ type }) => Reflect.get(type.type, "graphqlName"));
    expect(types).toEqual(["TInner", "Inner", "Inner"]);
  });

  it.each([
    [{ name: "Other" }, /the hint name says Other, and the lock file Made/],
    [{ aggregate: "A", plural: "more" }, /the hint plural says more, and the lock file list/],
  ])("contradicts the hints %j", async (hints, why) => {
    const lock = lockOf("a", { "x.Made": "Made" }, { A: { name: "A", plural: "list" } });
    await expect(catalogOf([["a-x.Made", hinted(MADE, hints)]], lock)).rejects.toThrow(why);
  });

  it("is honoured by a reload", async () => {
    const lock = lockOf("a", { "x.Made": "Made" }, { default: { name: "Thing", plural: "things" } });
    const before: Subjects = [["a-x.Made", MADE]];
    const state = firstState(await gathered(before), { lock });
    const next = reloadCatalog(state, await gathered([...before, ["thing-x.Made", MADE]]), { lock });
    expect(next.problems).toEqual([]);
    expect(next.state.catalog.aggregates).toMatchObject([
      { name: "Thing", topic: "a" },
      { name: expect.stringMatching(/^Thing_\w+$/), topic: "thing" },
    ]);
    expect(eventNames(next.state.catalog)).toEqual(["Made", "ThingMade"]);
  });
});
