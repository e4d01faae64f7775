import fc from "fast-check";
import { BreakingChangeType, type GraphQLSchema, findBreakingChanges } from "graphql";
import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { type NameLock, parseNameLock, printNameLock } from "../../src/catalog/name-lock.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { administrationFields } from "../../src/graphql/administration-fields.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { lockNames } from "../../src/graphql/lock-names.ts";
import { printSdl } from "../../src/graphql/print-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { record } from "../catalog/codec/codec-harness.ts";
import { calculator, owned, ownedCollisions } from "./owned-catalogs.ts";
import { aggregate } from "./sketch.ts";

interface Subject {
  readonly topic: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly aggregate?: string;
}

async function catalogOf(subjects: readonly Subject[], lock?: NameLock): Promise<Catalog> {
  const registry = new FakeRegistry();
  for (const subject of subjects) await registry.add(`${subject.topic}-${subject.name}`, eventOf(subject));
  return gatherCatalog(registry, lock === undefined ? {} : { lock });
}

/** A field that is called as an id is one. */
function eventOf({ name, fields, aggregate }: Subject): unknown {
  const list = Object.entries(fields).map(([field, type]) => {
    const target = REFERENCES[field];
    return { name: field, type, ...(target === undefined ? {} : { eventql: { references: target } }) };
  });
  return { type: "record", name, fields: list, ...(aggregate === undefined ? {} : { eventql: { aggregate } }) };
}

const REFERENCES: Readonly<Record<string, string>> = { user_id: "User", account_id: "Account", owner: "User" };

function apiOf(catalog: Catalog): GraphQLSchema {
  return buildValidSchema({ catalog, limits: defaultLimits });
}

function reread(lock: NameLock): NameLock {
  return parseNameLock(printNameLock(lock), "eventql.lock.json");
}

/** The aggregates that fields refer to. */
const BASE: readonly Subject[] = ["User", "Account"].map((aggregate) => ({
  topic: `of.${aggregate}`,
  name: "x.Made",
  fields: { city: "string" },
  aggregate,
}));

const topics = ["users", "User", "user_group", "user-group", "group", "order", "orders", "a.b", "queries", "page_info"];
const names = ["x.User", "y.User", "x.UserWhere", "x.UserGroup", "x.UserGroupKey", "x.OrderEntry", "x.Order"].concat([
  "x.UserHistory",
  "x.DeleteUser",
  "x.StringBox",
  "x.StringEntry",
  "x.UserChanges",
  "x.Item",
  "x.ItemFilter",
  "x.UserInput",
  "x.OrderListFilter",
]);
const inner = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom("int", "string", { type: "map", values: "string" }))
  .map(([name, type]) => record({ a: type }, name.replace(/^x/, "in")));
const enumeration = fc
  .constantFrom(...names)
  .map((name) => ({ type: "enum", name: `${name}Kind`, symbols: ["A", "B"] }));
const type = fc.oneof(
  fc.constantFrom<unknown>("string", "int", ["int", "string"], { type: "map", values: "string" }),
  inner,
  enumeration,
  inner.map((values) => ({ type: "map", values })),
  inner.map((items) => ({ type: "array", items })),
  inner.map((branch) => ["null", branch, "string"]),
);
const text = fc.constant("string");
const body = fc.record(
  { user_id: text, account_id: text, owner: text, user: text, account: text, part: type },
  { requiredKeys: [] },
);
/** Event types of one topic differ in their columns of other types than text: they would contradict each other. */
const subject = fc
  .tuple(fc.constantFrom(...topics), fc.constantFrom(...names), body)
  .map(([topic, name, { part, ...fields }]): Subject => {
    const own = part === undefined ? {} : { [`part_${names.indexOf(name)}`]: part };
    return { topic, name, fields: { ...fields, ...own } };
  });
const subjectLists = fc.uniqueArray(subject, {
  minLength: 1,
  maxLength: 6,
  selector: ({ topic, name }) => `${topic}-${name}`,
});

/** A name that the first has and the second hasn't. */
const LOST: ReadonlySet<string> = new Set([
  BreakingChangeType.TYPE_REMOVED,
  BreakingChangeType.TYPE_CHANGED_KIND,
  BreakingChangeType.FIELD_REMOVED,
  BreakingChangeType.ARG_REMOVED,
  BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
  BreakingChangeType.TYPE_REMOVED_FROM_UNION,
]);

describe("a lock", () => {
  it("keeps every name, whatever subjects come", async () => {
    await fc.assert(
      fc.asyncProperty(subjectLists, subjectLists, async (first, more) => {
        const known = new Set(first.map(({ topic, name }) => `${topic}-${name}`));
        const others = more.filter(({ topic, name }) => !known.has(`${topic}-${name}`));
        const before = await catalogOf([...BASE, ...first]);
        const after = await catalogOf([...BASE, ...first, ...others], reread(lockNames(before)));
        const changes = findBreakingChanges(apiOf(before), apiOf(after));
        expect(changes.filter(({ type }) => LOST.has(type))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("breaks nothing at all where the subjects are of other topics", async () => {
    await fc.assert(
      fc.asyncProperty(subjectLists, subjectLists, async (first, more) => {
        const known = new Set(first.map(({ topic }) => topic));
        const others = more.filter(({ topic }) => !known.has(topic));
        const before = await catalogOf([...BASE, ...first]);
        const after = await catalogOf([...BASE, ...first, ...others], reread(lockNames(before)));
        expect(findBreakingChanges(apiOf(before), apiOf(after))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("changes nothing of the catalog that it was made of, and is made the same of that", async () => {
    await fc.assert(
      fc.asyncProperty(subjectLists, async (subjects) => {
        const before = await catalogOf([...BASE, ...subjects]);
        const lock = lockNames(before);
        const after = await catalogOf([...BASE, ...subjects], reread(lock));
        expect(printSdl(apiOf(after))).toBe(printSdl(apiOf(before)));
        expect(printNameLock(lockNames(after))).toBe(printNameLock(lock));
      }),
      { numRuns: 100 },
    );
  });
});

describe("a lock of owned topics", () => {
  it.each([
    ["each kind of them", owned],
    ["names that collide", ownedCollisions],
  ])("keeps every name: %s", (_what, catalog) => {
    const lock = reread(lockNames(catalog));
    expect(printSdl(apiOf({ ...catalog, lock }))).toBe(printSdl(apiOf(catalog)));
    expect(printNameLock(lockNames({ ...catalog, lock }))).toBe(printNameLock(lock));
  });

  it("keeps a command's mutation when a topic that would take its name is registered", () => {
    const [command] = calculator.commands;
    if (command === undefined) throw new TypeError("no command");
    const renamed = { ...command, name: "DeleteUser", mutation: "deleteUser" };
    const [value] = calculator.aggregates;
    if (value?.owned === undefined) throw new TypeError("no rules");
    const before: Catalog = {
      ...calculator,
      commands: [renamed],
      aggregates: [{ ...value, owned: { ...value.owned, commands: [renamed] } }],
    };
    const after: Catalog = { ...before, aggregates: [aggregate("User", { topic: "users" }), ...before.aggregates] };
    const ours = Object.keys(administrationFields(defaultLimits).mutations);
    const mutations = (of: Catalog): readonly string[] =>
      Object.keys(apiOf(of).getMutationType()?.getFields() ?? {}).filter((name) => !ours.includes(name));
    expect(mutations(before)).toEqual(["deleteUser"]);
    expect(mutations(after)).toEqual(["deleteUser", "sendDeleteUser"]);
    const locked = mutations({ ...after, lock: reread(lockNames(before)) });
    expect(locked).toEqual(["tombstoneUser", "deleteUser"]);
  });
});
