import { beforeEach, describe, expect, test } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import type { CatalogHints } from "../../src/catalog/hints.ts";
import { firstState, reloadCatalog } from "../../src/catalog/reload.ts";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import { isEventQLError } from "../../src/errors.ts";
import { lockNames } from "../../src/graphql/lock-names.ts";
import type { Decider } from "../../src/model/decider.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const double = (name: string): object => ({ name, type: "double" });
const record = (name: string, fields: readonly object[], eventql?: object): object => ({
  type: "record",
  name,
  fields,
  ...(eventql && { eventql }),
});

const rules = (of: Partial<Decider> = {}): Decider => ({
  aggregate: "Value",
  topic: "values",
  initial: {},
  decide: { Create: () => [] },
  evolve: undefined,
  version: 1,
  eventMutations: false,
  ...of,
});
const step = (): undefined => undefined;

let registry: FakeRegistry;

beforeEach(async () => {
  registry = new FakeRegistry();
  await registry.add("values-Created", record("Created", [double("value")]));
  await registry.add("values-Added", record("Added", [double("by")]));
  await registry.add("values.commands-Create", record("Create", [double("value")]));
});

async function catalogOf(deciders: readonly Decider[] = [], hints: CatalogHints = {}): Promise<Catalog> {
  return buildCatalog(await gatherSubjects(registry), { deciders, hints });
}

async function value(deciders: readonly Decider[] = [], hints: CatalogHints = {}): Promise<Aggregate> {
  const { aggregates } = await catalogOf(deciders, hints);
  const found = aggregates.find(({ name }) => name === "Value");
  if (found === undefined) throw new TypeError("there is no Value");
  return found;
}

/** The problems of a catalog that can't be built, a line each. */
async function problemsOf(deciders: readonly Decider[], hints: CatalogHints = {}): Promise<readonly string[]> {
  try {
    await catalogOf(deciders, hints);
    return [];
  } catch (error) {
    if (!isEventQLError(error, "CATALOG_INVALID")) throw error;
    return error.message.split("\n- ").slice(1);
  }
}

const columnsOf = ({ columns }: Aggregate): object =>
  Object.fromEntries(columns.map(({ name, type }) => [name, `${type.type.kind}${type.nullable ? "?" : ""}`]));

describe("an aggregate is owned", () => {
  test("by no means without a hint or a decider", async () => {
    expect(await value()).not.toHaveProperty("owned");
  });

  test.each([
    ["owned", { transactions: false, deduplicates: false }],
    ["transactions", { transactions: true, deduplicates: false }],
    ["deduplicate", { transactions: false, deduplicates: true }],
  ])("by the hint %s", async (hint, said) => {
    const { owned } = await value([], { Created: { [hint]: true } });
    expect(owned).toStrictEqual({ ...said, decider: undefined, commands: [] });
  });

  test("by a decider, with the commands that it has rules for", async () => {
    await registry.add("values.commands-Drop", record("Drop", []));
    const decider = rules();
    const { aggregates, commands, skipped } = await catalogOf([decider]);
    expect(aggregates[0]?.owned).toMatchObject({ transactions: false, deduplicates: false, decider });
    expect(aggregates[0]?.owned?.commands.map(({ name }) => name)).toEqual(["Create"]);
    expect(commands.map(({ name }) => name)).toEqual(["Create", "Drop"]);
    expect(skipped).toEqual([
      {
        subject: "values.commands-Drop",
        reason: "nobody decides command Drop: add decide.Drop to the decider of Value",
      },
    ]);
  });

  test("and commands that nobody decides are named", async () => {
    expect((await catalogOf()).skipped).toEqual([
      {
        subject: "values.commands-Create",
        reason:
          "nobody decides command Create: topic values has no decider, add one to aggregates of eventql.config.ts",
      },
    ]);
  });

  test("and keeps its history where it has transactions", async () => {
    expect((await value([], { Created: { transactions: true } })).history).toEqual({ ttlMs: undefined });
    const short = await value([], { Created: { transactions: true }, Added: { history: { ttlDays: 1 } } });
    expect(short.history).toEqual({ ttlMs: 86_400_000 });
  });

  test("only if its topic is served", async () => {
    const options = { deciders: [rules({ topic: "other" })], topics: ["values"] };
    expect(buildCatalog(await gatherSubjects(registry), options).aggregates[0]).not.toHaveProperty("owned");
  });
});

describe("a state", () => {
  const state = record("State", [double("value"), { name: "note", type: ["null", "string"] }], { state: true });

  test("has the columns, and is no event type", async () => {
    await registry.add("values-State", state);
    const evolve = { Created: step, Added: step };
    const aggregate = await value([rules({ evolve })]);
    expect(columnsOf(aggregate)).toEqual({ value: "double", note: "string?" });
    expect(aggregate.eventTypes.map(({ name }) => name)).toEqual(["Created", "Added"]);
    expect(aggregate.eventTypes.flatMap(({ fields }) => fields.map(({ column }) => column))).toEqual([
      "value",
      undefined,
    ]);
    expect(aggregate.state?.guaranteed).toEqual(new Set(["value"]));
    expect(aggregate.state?.record.fullName).toBe("State");
  });

  test("guarantees nothing where the hints make the documents", async () => {
    await registry.add("values-State", state);
    expect(columnsOf(await value())).toEqual({ value: "double?", note: "string?" });
    expect(columnsOf(await value([], { Added: { effect: "update" } }))).toEqual({ value: "double", note: "string?" });
  });

  test("may hold a field otherwise than an event where a decider makes the documents", async () => {
    await registry.add("values-State", record("State", [{ name: "value", type: "string" }], { state: true }));
    const evolve = { Created: step, Added: step };
    const aggregate = await value([rules({ evolve })]);
    expect(columnsOf(aggregate)).toEqual({ value: "string" });
    expect(aggregate.eventTypes[0]?.fields[0]?.column).toBeUndefined();
    expect(await problemsOf([])).toEqual([expect.stringContaining("column value has two types")]);
  });

  test("hides what an event hides", async () => {
    await registry.add("values-State", state);
    const hints = { Created: { fields: { value: { hidden: true } } } };
    const { columns } = await value([rules({ evolve: { Created: step, Added: step } })], hints);
    expect(columns.filter(({ hidden }) => hidden).map(({ name }) => name)).toEqual(["value"]);
  });

  test("may say the hints of the aggregate, and be called as it is", async () => {
    const named = record("Value", [double("value")], { state: true, aggregate: "Value", deduplicate: true });
    await registry.add("values-Value", named);
    const aggregate = await value();
    expect(aggregate).toMatchObject({ name: "Value", isHinted: true, owned: { deduplicates: true } });
  });

  test("alone is left out until there are events", async () => {
    await registry.add("others-State", state);
    const { aggregates, skipped } = await catalogOf();
    expect(aggregates.map(({ topic }) => topic)).toEqual(["values"]);
    expect(skipped).toContainEqual({
      subject: "others-State",
      reason: 'it is a state by its hint "state", and topic others has no event types for it yet',
    });
  });

  test("keeps the names of its types by the lock", async () => {
    const status = { name: "status", type: { type: "enum", name: "Status", symbols: ["ON"] } };
    await registry.add("values-State", record("State", [status], { state: true }));
    const lock = lockNames(await catalogOf());
    expect(lock.topics["values"]?.types).toMatchObject({ "* > Status": "Status" });
    expect(lock.topics["values.commands"]?.types).toEqual({ Create: "Create" });
    await registry.add("values-Status", record("Status", [double("x")]));
    const { aggregates } = buildCatalog(await gatherSubjects(registry), { lock });
    expect(aggregates[0]?.columns[0]?.type.type).toMatchObject({ kind: "enum", graphqlName: "Status" });
  });
});

describe("a wrong combination is a problem", () => {
  test.each<[string, readonly Decider[], CatalogHints, readonly string[]]>([
    [
      "several aggregates on an owned topic",
      [],
      { Created: { aggregate: "Value", owned: true }, Added: { aggregate: "Sum" } },
      [
        "values-Created: topic values is owned, and has several aggregates, Sum and Value. Give each aggregate a topic of its own.",
      ],
    ],
    [
      "transactions without history",
      [],
      { Created: { transactions: true, history: false } },
      [expect.stringMatching(/^values-Created: the hint history is false, and the aggregate has transactions/)],
    ],
    [
      "an open topic that has a decider",
      [rules()],
      { Created: { owned: false } },
      ["values-Created: the hint owned is false, and a decider makes the topic an owned one. Remove one of the two."],
    ],
    [
      "an unknown topic",
      [rules({ topic: "vales" })],
      {},
      [
        "eventql.config.ts decider of Value, field topic: there are no event types on topic vales. Did you mean values?",
      ],
    ],
    [
      "an unknown aggregate",
      [rules({ aggregate: "Valu" })],
      {},
      ["eventql.config.ts decider of Valu, field aggregate: topic values has no aggregate Valu. Did you mean Value?"],
    ],
    [
      "an unknown command type",
      [rules({ decide: { Creat: () => [] } })],
      {},
      [
        "eventql.config.ts decider of Value, field decide.Creat: topic values.commands has no command Creat. Did you mean Create?",
      ],
    ],
    [
      "an event type too many, and one too few",
      [rules({ evolve: { Created: step, Aded: step } })],
      {},
      [
        "eventql.config.ts decider of Value, field evolve.Aded: topic values has no event type Aded. Did you mean Added?",
        "eventql.config.ts decider of Value, field evolve: it doesn't say what Added does. Add evolve.Added, which may return the state as it is.",
      ],
    ],
    [
      "an initial state of another kind",
      [rules({ evolve: { Created: step, Added: step }, initial: { valu: 1 } })],
      {},
      ["eventql.config.ts decider of Value, field initial.valu: Value has no column valu. Did you mean value?"],
    ],
    [
      "two deciders of an aggregate",
      [rules(), rules()],
      {},
      ["eventql.config.ts decider of Value: the aggregate has two deciders. Keep one of them."],
    ],
  ])("%s", async (_what, deciders, hints, problems) => {
    expect(await problemsOf(deciders, hints)).toEqual(problems);
  });

  test("two states beside an event type, and a state that calculates", async () => {
    await registry.add("values-Other", record("Other", [double("value")]));
    const hints: CatalogHints = {
      Created: { state: true, fields: { value: { effect: "add" } } },
      Added: { state: true },
    };
    expect(await problemsOf([], hints)).toEqual([
      expect.stringMatching(/^values-Added: both Created and Added are the state\./),
      expect.stringMatching(/^values-Created, field value: a field of a state has no effect, and this one add\./),
    ]);
  });

  test("a fold of what has no column", async () => {
    const empty = new FakeRegistry();
    await empty.add("values-Done", record("Done", []));
    const options = { deciders: [rules({ decide: {}, evolve: { Done: step } })] };
    const subjects = await gatherSubjects(empty);
    expect(() => buildCatalog(subjects, options)).toThrow(/Value has no columns to hold a state\. Add a record/);
  });
});

describe("when schemas change", () => {
  test("a topic whose decider doesn't fit any more keeps what it had, its commands too", async () => {
    const options = { deciders: [rules({ evolve: { Created: step, Added: step } })] };
    const before = firstState(await gatherSubjects(registry), options);
    await registry.add("values-Dropped", record("Dropped", []));
    await registry.add("values.commands-Drop", record("Drop", []));
    await registry.add("others-Happened", record("Happened", [double("x")]));
    const { state, problems } = reloadCatalog(before, await gatherSubjects(registry), options);
    expect(problems.map(({ topic, problem }) => [topic, problem])).toEqual([
      ["values", "it doesn't say what Dropped does"],
    ]);
    expect(state.catalog.aggregates.map(({ name, eventTypes }) => [name, eventTypes.length])).toEqual([
      ["Other", 1],
      ["Value", 2],
    ]);
    expect(state.catalog.commands.map(({ name }) => name)).toEqual(["Create"]);
  });

  test("a command that its decider has a rule for can't go", async () => {
    const options = { deciders: [rules()] };
    const before = firstState(await gatherSubjects(registry), options);
    registry.remove("values.commands-Create");
    const { state, problems } = reloadCatalog(before, await gatherSubjects(registry), options);
    expect(problems).toHaveLength(1);
    expect(state.catalog.commands).toHaveLength(1);
    expect(state.catalog.aggregates[0]?.owned?.commands).toHaveLength(1);
  });
});
