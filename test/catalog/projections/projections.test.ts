import { beforeEach, describe, expect, test } from "vitest";
import { type CatalogOptions, buildCatalog } from "../../../src/catalog/build.ts";
import { gatherSubjects } from "../../../src/catalog/gather.ts";
import { parseNameLock, printNameLock } from "../../../src/catalog/name-lock.ts";
import { repartitionOf } from "../../../src/catalog/projections/repartition.ts";
import { firstState, reloadCatalog } from "../../../src/catalog/reload.ts";
import type { Aggregate, Catalog } from "../../../src/catalog/types.ts";
import { isEventQLError } from "../../../src/errors.ts";
import { misfitsOf } from "../../../src/fold/projected-fold.ts";
import { lockNames } from "../../../src/graphql/lock-names.ts";
import type { Projection } from "../../../src/model/projection.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";

const field = (name: string, type: unknown): object => ({ name, type });
const record = (name: string, fields: readonly object[], more: object = {}): object => ({
  type: "record",
  name,
  namespace: "shop",
  fields,
  ...more,
});
const status = { type: "enum", name: "Status", symbols: ["OPEN", "PAID"] };

const step = (): undefined => undefined;

function given(of: Partial<Projection> = {}): Projection {
  return {
    kind: "projection",
    name: "OrderSummary",
    from: ["orders"],
    columns: { total: "double", status: ["null", "shop.Status"] },
    hidden: [],
    indexes: [],
    previous: false,
    initial: { total: 0 },
    evolve: { OrderPlaced: step },
    tombstones: "delete",
    version: 1,
    commit: "batch",
    ...of,
  };
}

let registry: FakeRegistry;

beforeEach(async () => {
  registry = new FakeRegistry();
  await registry.add(
    "orders-shop.OrderPlaced",
    record("OrderPlaced", [field("total", "double"), field("status", status)]),
  );
  await registry.add("payments-shop.Paid", record("Paid", [field("order", "string")]));
});

async function catalogOf(projections: readonly Projection[], options: CatalogOptions = {}): Promise<Catalog> {
  return buildCatalog(await gatherSubjects(registry), { projections, checkState: misfitsOf, ...options });
}

async function summary(of: Partial<Projection> = {}, options: CatalogOptions = {}): Promise<Aggregate> {
  const { aggregates } = await catalogOf([given(of)], options);
  const found = aggregates.find(({ projected }) => projected !== undefined);
  if (found === undefined) throw new TypeError("there is no projection");
  return found;
}

async function problemsOf(
  projections: readonly Projection[],
  options: CatalogOptions = {},
): Promise<readonly string[]> {
  try {
    await catalogOf(projections, options);
    return [];
  } catch (error) {
    if (!isEventQLError(error, "CATALOG_INVALID")) throw error;
    return error.message.split("\n- ").slice(1);
  }
}

describe("a projection in code", () => {
  test("is an aggregate that nobody appends to, folded from its topic where that can be", async () => {
    const made = await summary({ hidden: ["status"], indexes: [["total"]], doc: "What an order came to." });
    expect(made).toMatchObject({
      name: "OrderSummary",
      singular: "orderSummary",
      plural: "orderSummaries",
      collection: "orderSummaries",
      projection: "OrderSummary",
      topic: "orders",
      doc: "What an order came to.",
      eventTypes: [],
      indexes: [{ total: 1, _id: 1 }],
      projected: { isRekeyed: false },
    });
    expect(made.columns.map(({ name, type, hidden }) => [name, type.type.kind, type.nullable, hidden])).toStrictEqual([
      ["total", "double", false, false],
      ["status", "enum", true, true],
    ]);
    expect(made.projected?.sources.get("orders")?.map(({ name }) => name)).toStrictEqual(["OrderPlaced"]);
  });

  test("uses the very types of its events, and names its own so that none clashes", async () => {
    const columns = {
      total: "double",
      status: "shop.Status",
      own: { type: "enum", name: "Status", symbols: ["A"] },
      lines: { type: "array", items: { type: "record", name: "Line", fields: [{ name: "sku", type: "string" }] } },
    };
    const { aggregates } = await catalogOf([given({ columns })]);
    const [order, made] = ["Order", "OrderSummary"].map((name) => aggregates.find((each) => each.name === name));
    const typeOf = (of: Aggregate | undefined, name: string): unknown =>
      of?.columns.find((column) => column.name === name)?.type.type;
    expect(typeOf(made, "status")).toBe(typeOf(order, "status"));
    expect(typeOf(order, "status")).toMatchObject({ graphqlName: "Status" });
    expect(typeOf(made, "own")).toMatchObject({ graphqlName: "ProjectionOrderSummaryStatus" });
    expect(typeOf(made, "lines")).toMatchObject({ items: { type: { graphqlName: "Line" } } });
  });

  test("goes through an intermediate topic where its keys or partitions are others", async () => {
    const joined = await summary({ from: ["orders", "payments"], tombstones: "ignore" });
    const swapped = await summary({ from: ["payments", "orders"], tombstones: "ignore" });
    const keyed = await summary({ key: ({ id }) => id, tombstones: "ignore" });
    const spaced = await summary({ key: ({ id }) => id, tombstones: "ignore" });
    const wide = await summary({ partitions: 12 });
    expect(joined.topic).toMatch(/^eventql\.order-summary\.[0-9a-f]{6}$/);
    expect(swapped.topic).toBe(joined.topic);
    expect(spaced.topic).toBe(keyed.topic);
    expect(new Set([joined.topic, keyed.topic, wide.topic]).size).toBe(3);
    expect(repartitionOf(joined)).toMatchObject({ steps: [], tombstones: "drop", internal: true, name: joined.topic });
    expect(repartitionOf(wide)).toMatchObject({ steps: [], tombstones: "pass" });
    const [keys] = repartitionOf(await summary({ key: () => ["a", "b", "a"], tombstones: "ignore" }))?.steps ?? [];
    const event = { id: "1", topic: "t", partition: 0, offset: 0, key: "k", time: new Date(0), headers: {} };
    expect(keys?.kind === "key" && keys.keysOf({ ...event, type: "T", payload: {} })).toStrictEqual(["a", "b"]);
  });

  test("is left out where a topic of it isn't served", async () => {
    const { aggregates } = await catalogOf([given({ from: ["orders", "payments"] })], { topics: ["orders"] });
    expect(aggregates.map(({ name }) => name)).toStrictEqual(["Order"]);
  });

  test("references aggregates, and hides and indexes columns, by hints on their types", async () => {
    const columns = {
      total: { type: "double", eventql: { index: true } },
      order: { type: "string", eventql: { references: "Order" } },
    };
    const made = await summary({ columns });
    expect(made.columns[1]).toMatchObject({ name: "order", references: "Order" });
    expect(made.indexes).toStrictEqual([
      { order: 1, _id: 1 },
      { total: 1, _id: 1 },
    ]);
  });

  test("keeps its names by the lock", async () => {
    const columns = { total: "double", state: { type: "enum", name: "State", symbols: ["A"] } };
    const lock = lockNames(await catalogOf([given({ columns })]));
    const again = parseNameLock(printNameLock(lock), "lock");
    expect(again.topics["projection:OrderSummary"]).toStrictEqual({
      aggregates: { OrderSummary: { name: "OrderSummary", plural: "orderSummaries", relations: {} } },
      types: { "* > State": "State" },
    });
    // A stranger that wants the name too, later, doesn't get it.
    await registry.add("others-a.X", {
      type: "record",
      name: "X",
      namespace: "a",
      fields: [field("s", { type: "enum", name: "State", symbols: ["B"] })],
    });
    const { columns: kept } = await summary({ columns }, { lock: again });
    expect(kept[1]?.type.type).toMatchObject({ graphqlName: "State" });
  });

  test("follows its topics' schemas, and keeps what it had where they don't fit any more", async () => {
    const options = {
      projections: [
        given({ from: ["orders", "payments"], tombstones: "ignore", evolve: { OrderPlaced: step, Paid: step } }),
      ],
    };
    const first = firstState(await gatherSubjects(registry), options);
    await registry.add(
      "orders-shop.OrderPlaced",
      record("OrderPlaced", [
        field("total", "double"),
        field("status", { ...status, symbols: ["OPEN", "PAID", "SENT"] }),
      ]),
    );
    const evolved = reloadCatalog(first, await gatherSubjects(registry), options);
    expect(evolved.problems).toStrictEqual([]);
    const made = evolved.state.catalog.aggregates.find(({ name }) => name === "OrderSummary");
    expect(made?.columns[1]?.type.type).toMatchObject({ symbols: ["OPEN", "PAID", "SENT"] });
    await registry.add("payments-shop.Paid", record("Payment", [field("order", "string")], { aliases: ["shop.Paid"] }));
    const broken = reloadCatalog(evolved.state, await gatherSubjects(registry), options);
    expect(broken.problems.map(({ problem }) => problem)).toContain(
      "none of the topics orders, payments has an event type Paid",
    );
    expect(
      broken.state.catalog.aggregates.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name)).toSorted(),
    ).toStrictEqual(["OrderPlaced", "Paid"]);
  });
});

const place = "eventql.config.ts projection OrderSummary";

describe("a faulty projection is named", () => {
  test.each<[string, Partial<Projection>, string]>([
    [
      "an unknown topic",
      { from: ["order"] },
      "field from: there are no event types on topic order. Did you mean orders?",
    ],
    ["no topic", { from: [] }, "field from: it is from no topic. Name the topics whose events it folds."],
    [
      "an intermediate topic",
      { from: ["eventql.x.123456"] },
      "field from: topic eventql.x.123456 is one that EventQL makes for itself. Name the topics that its events come from.",
    ],
    ["a topic twice", { from: ["orders", "orders"] }, "field from: it names topic orders twice. Name it once."],
    [
      "a rule for no event type",
      { evolve: { OrderPlacd: step } },
      "field evolve.OrderPlacd: topic orders has no event type OrderPlacd. Did you mean OrderPlaced?",
    ],
    ["no rule", { evolve: {} }, "field evolve: it has no rule. Say by event types what they do."],
    [
      "no Avro type",
      { columns: { total: "doubl" }, initial: {} },
      "field columns.total: column total has no Avro type: the type doubl is not defined",
    ],
    [
      "a reserved column",
      { columns: { total: "double", id: "string" } },
      "field columns.id: every document has id for itself. Choose another name.",
    ],
    ["an unknown hidden column", { hidden: ["totl"] }, "field hidden: there is no column totl. Did you mean total?"],
    [
      "an unknown indexed column",
      { indexes: ["totl"] },
      "indexes: an index names totl, which is no column. Did you mean total?",
    ],
    [
      "an initial state of other columns",
      { initial: { totl: 0 } },
      "field initial.totl: there is no column totl. Did you mean total?",
    ],
    ["an initial state of other types", { initial: { total: "0" } }, "field initial.total: column total"],
    ["a name in other cases", { name: "orderSummary" }, 'field name: "orderSummary" is no name in PascalCase'],
    [
      "a field of no event",
      { fields: ["totl", "total"] },
      "it takes totl of events, and none of them has such a field. Did you mean total?",
    ],
    ["no partitions", { partitions: 0 }, "field partitions: there can't be 0. Give a whole number above 0."],
    [
      "tombstones of other keys",
      { key: ({ id }) => id },
      "field tombstones: a tombstone says nothing that its key could be told by",
    ],
    [
      "an effect of a column",
      { columns: { total: { type: "double", eventql: { effect: "add" } } } },
      "field columns.total: a column has no hint effect",
    ],
    [
      "an unknown reference",
      { columns: { total: "double", order: { type: "string", eventql: { references: "Ordr" } } } },
      "field order: it references Ordr, which is no aggregate. Did you mean Order?",
    ],
    [
      "a taken name",
      { name: "Order" },
      "its name Order, or its plural orders, is taken in GraphQL. Give it another name or plural.",
    ],
  ])("%s", async (_name, of, expected) => {
    const found = await problemsOf([given(of)]);
    expect(found.join("\n")).toContain(expected);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`eventql.config.ts projection ${of.name ?? "OrderSummary"}`);
  });

  test("other words than there are", async () => {
    const wrong: object = { ...given(), commit: "batches", colums: {} };
    const isProjection = (value: object): value is Projection => "kind" in value;
    const found = isProjection(wrong) ? await problemsOf([wrong]) : [];
    expect(found.toSorted()).toStrictEqual([
      `${place}, field colums: there is no such setting. Did you mean columns?`,
      `${place}, field commit: it is "batches". Give "batch" or "event".`,
    ]);
  });

  test("a key that is no function", async () => {
    const wrong: object = { ...given({ tombstones: "ignore" }), key: "id" };
    const isProjection = (value: object): value is Projection => "kind" in value;
    const found = isProjection(wrong) ? await problemsOf([wrong]) : [];
    expect(found).toStrictEqual([`${place}, field key: it is no function. Write (event) => …, or leave it out.`]);
  });

  test("a name that another projection or a stream has", async () => {
    const another = "field name: another projection or stream has its name. Give each a name of its own.";
    expect(await problemsOf([given(), given()])).toStrictEqual([`${place}, ${another}`]);
    expect(await problemsOf([given()], { streams: ["OrderSummary"] })).toStrictEqual([`${place}, ${another}`]);
  });

  test("a topic with transactions", async () => {
    const hints = { "shop.Paid": { transactions: true } };
    const found = await problemsOf([given({ from: ["payments"], evolve: { Paid: step } })], { hints });
    expect(found.join()).toContain("field from: topic payments has transactions");
  });
});
