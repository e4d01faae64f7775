import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import type { EventCodec } from "../../src/catalog/codec.ts";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import { repartitionOf } from "../../src/catalog/projections/repartition.ts";
import type { Aggregate, Catalog, EventType } from "../../src/catalog/types.ts";
import { misfitsOf } from "../../src/fold/projected-fold.ts";
import { projection } from "../../src/model/define-projection.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { contextOf, copiedHeaders } from "../../src/model/origin.ts";
import { type Projection, Transition } from "../../src/model/projection.ts";
import type { Payload, Value } from "../../src/model/value.ts";
import { codeProjection } from "../../src/projector/code-projection.ts";
import { decodeBatch, decodeRecords } from "../../src/projector/decode-batch.ts";
import { type FoldedBatch, foldBatch } from "../../src/projector/fold-batch.ts";
import { definitionChanges, definitionHash, projectedDefinition } from "../../src/projector/projected-definition.ts";
import type { TopicProjection } from "../../src/projector/projection.ts";
import type { StoredDocument } from "../../src/read-model/read-model.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

type Summary = {
  readonly _id: string;
  readonly total: bigint;
  readonly paid: bigint;
  readonly seen: readonly string[];
};
type Shop =
  | { readonly type: "Placed"; readonly payload: { readonly customer: string; readonly total: bigint } }
  | { readonly type: "Paid"; readonly payload: { readonly order: string; readonly amount: bigint } };

const rules = {
  name: "Summary",
  from: ["orders", "payments"],
  columns: { total: "long", paid: "long", seen: { type: "array", items: "string" } },
  initial: { total: 0n, paid: 0n, seen: [] },
} as const;

const joined = projection<Summary, Shop>({
  ...rules,
  key: (event) => (event.type === "Paid" ? [event.payload.order, "all"] : event.key),
  evolve: {
    Placed: (state, { total }, { topic, key }) => ({ ...state, total, seen: [...state.seen, `${topic}/${key}`] }),
    Paid: (state, { amount }) => {
      if (amount < 0n) throw new RangeError("nobody pays less than nothing");
      return amount === 0n ? undefined : { ...state, paid: state.paid + amount };
    },
  },
});

const direct = projection<Summary, Shop>({
  ...rules,
  name: "Direct",
  from: ["orders"],
  evolve: { Placed: (state, { total }, { id }) => ({ ...state, total, seen: [...state.seen, id] }) },
});

const long = (name: string): object => ({ name, type: "long" });
const text = (name: string): object => ({ name, type: "string" });
const record = (name: string, fields: readonly object[]): object => ({ type: "record", name, fields });

let registry: FakeRegistry;
let catalog: Catalog;
let codec: EventCodec;

beforeAll(async () => {
  registry = new FakeRegistry();
  await registry.add("orders-Placed", record("Placed", [text("customer"), long("total")]));
  await registry.add("payments-Paid", record("Paid", [text("order"), long("amount")]));
  catalog = await catalogOf([joined, direct]);
  codec = createCodec(registry, () => catalog);
  for (const { topic, eventTypes } of catalog.aggregates)
    for (const { schemaId } of eventTypes) await codec.prepare(topic, schemaId);
});

async function catalogOf(projections: readonly Projection[]): Promise<Catalog> {
  return buildCatalog(await gatherSubjects(registry), { projections, checkState: misfitsOf });
}

function aggregateOf(name: string, of: Catalog = catalog): Aggregate {
  const found = of.aggregates.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
}

function projectionOf(name: string): TopicProjection {
  const made = codeProjection(aggregateOf(name), { generation: 1 });
  if (made === undefined) throw new TypeError(`${name} is no projection in code`);
  return made;
}

function typeOf(name: string): EventType {
  const found = catalog.aggregates.flatMap(({ eventTypes }) => eventTypes).find((type) => type.name === name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
}

interface Said {
  readonly type: "Placed" | "Paid";
  readonly key: string;
  readonly payload: Payload;
}

function recordOf({ type, key, payload }: Said, offset: number): LogRecord {
  const topic = type === "Paid" ? "payments" : "orders";
  const value = codec.encode(typeOf(type), payload);
  return { topic, partition: 0, offset, timestamp: 1_000 * offset, key: Buffer.from(key), value, headers: {} };
}

/** As the stream to the intermediate topic copies records. */
function copiesOf(records: readonly LogRecord[]): readonly LogRecord[] {
  const stream = repartitionOf(aggregateOf("Summary"));
  const [step] = stream?.steps ?? [];
  if (stream === undefined || step?.kind !== "key") throw new TypeError("it is not keyed anew");
  const keyed = records.flatMap((each) => {
    const decoded = codec.decode(each.topic, each.value ?? Buffer.alloc(0));
    if (decoded.status !== "decoded") throw new TypeError(decoded.status);
    const key = Buffer.from(each.key ?? "").toString();
    const event = { ...contextOf(each, key), type: decoded.writer.eventType.name, payload: decoded.payload };
    const keys = step.keysOf(event) ?? [];
    return [keys].flat().map((to) => ({ ...each, key: Buffer.from(to), headers: copiedHeaders(each, key) }));
  });
  return keyed.map((each, offset) => ({ ...each, topic: stream.name, offset, timestamp: 9_000_000 }));
}

/** A read model that is a map, to which batches are applied one after another. */
class Store {
  readonly documents = new Map<string, StoredDocument>();
  readonly parked = new Set<string>();
  readonly #projection: TopicProjection;

  constructor(name: string) {
    this.#projection = projectionOf(name);
  }

  async apply(records: readonly LogRecord[]): Promise<FoldedBatch> {
    const { topic } = this.#projection;
    const items = await decodeRecords(codec, topic, records);
    const stateOf = (_collection: string, key: string): StoredDocument | undefined => this.documents.get(key);
    const folded = foldBatch({ projection: this.#projection, partition: 0, items, parked: this.parked, stateOf });
    for (const [key, { after }] of [...folded.changes.values()].flatMap((changes) => [...changes])) {
      if (after === undefined) this.documents.delete(key);
      else this.documents.set(key, after);
    }
    for (const key of folded.parked.keys()) this.parked.add(key);
    return folded;
  }

  columns(): ReadonlyMap<string, unknown> {
    return new Map([...this.documents].map(([key, { _id, _meta, ...columns }]) => [key, columns]));
  }
}

const orders = fc.constantFrom("a", "b", "c");
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({
    type: fc.constant("Placed" as const),
    key: orders,
    payload: fc.record({ customer: fc.constant("x"), total: fc.bigInt(1n, 9n) }),
  }),
  fc.record({
    type: fc.constant("Paid" as const),
    key: fc.uuid(),
    payload: fc.record({ order: orders, amount: fc.bigInt(0n, 5n) }),
  }),
);

function textOf(value: Value | undefined): string {
  if (typeof value === "string" || typeof value === "bigint" || typeof value === "number") return String(value);
  return "";
}

/** What the rules have to make of events, one after another. */
function modelOf(events: readonly Said[]): ReadonlyMap<string, unknown> {
  const documents = new Map<string, { total: bigint; paid: bigint; seen: string[] }>();
  for (const { type, key, payload } of events) {
    const order = textOf(payload["order"]);
    for (const to of type === "Paid" ? [order, "all"] : [key]) {
      const { total, paid, seen } = documents.get(to) ?? { total: 0n, paid: 0n, seen: [] };
      const amount = BigInt(textOf(payload["amount"] ?? 0));
      if (type === "Placed")
        documents.set(to, { total: BigInt(textOf(payload["total"])), paid, seen: [...seen, `orders/${key}`] });
      else if (amount === 0n) documents.delete(to);
      else documents.set(to, { total, paid: paid + amount, seen });
    }
  }
  return documents;
}

describe("a projection in code", () => {
  test("makes of copies what it makes of the events, whatever their order, and however they are cut into batches", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        async (all, cuts) => {
          const copies = copiesOf(all.map(recordOf));
          const store = new Store("Summary");
          for (let at = 0, cut = 0; at < copies.length; cut += 1) {
            const size = cuts[cut] ?? 5;
            await store.apply(copies.slice(at, at + size));
            at += size;
          }
          expect(store.columns()).toEqual(modelOf(all));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("tells rules of an event's first place, time and key", async () => {
    const placed: Said = { type: "Placed", key: "a", payload: { customer: "x", total: 1n } };
    const [copy] = copiesOf([recordOf(placed, 7)]);
    if (copy === undefined) throw new TypeError("nothing was copied");
    expect(contextOf(copy, "other")).toStrictEqual({
      id: "orders/0/7",
      topic: "orders",
      partition: 0,
      offset: 7,
      key: "a",
      time: new Date(7_000),
      headers: {},
    });
    // Whoever writes headers of copies elsewhere fools nobody.
    expect(contextOf({ ...copy, topic: "orders" }, "k")).toMatchObject({ offset: 0, key: "k" });
    const alien = { ...copy, headers: {} };
    expect(decodeBatch(codec, copy.topic, [alien]).items).toMatchObject([{ kind: "bad", code: "EVENT_INVALID" }]);
  });

  test("sets aside what its rules throw at, naming the rule", async () => {
    const paid: Said = { type: "Paid", key: "p", payload: { order: "a", amount: -1n } };
    const { setAside, parked } = await new Store("Summary").apply(copiesOf([recordOf(paid, 0)]));
    expect(setAside.map(({ item }) => [item.key, item.code, item.reason])).toStrictEqual([
      ["a", "EVENT_INVALID", "evolve.Paid of the projection Summary failed: nobody pays less than nothing"],
      ["all", "EVENT_INVALID", "evolve.Paid of the projection Summary failed: nobody pays less than nothing"],
    ]);
    expect([...parked.keys()]).toStrictEqual(["a", "all"]);
  });

  test("folds a topic as it is, and what has no rule changes nothing", async () => {
    const store = new Store("Direct");
    const placed = recordOf({ type: "Placed", key: "a", payload: { customer: "x", total: 3n } }, 4);
    await store.apply([{ ...placed, headers: { ce_id: "e1" } }]);
    expect(store.documents.get("a")).toMatchObject({ total: 3n, seen: ["e1"], _meta: { offset: 4, type: "Placed" } });
    await store.apply([{ ...placed, offset: 5, value: null }]);
    expect(store.documents.size).toBe(0);
  });

  test("hands on what rules write, and leaves documents that they keep", async () => {
    const evolve = { Placed: () => new Transition(undefined, [{ type: "Paid", payload: {} }], true) };
    const writing = { ...direct, evolve, emits: [{ topic: "payments" }] };
    const aggregate = aggregateOf("Direct", await catalogOf([writing]));
    const output = { topic: "payments", key: "k", value: Buffer.from("x"), headers: {}, offset: 4 };
    const made = codeProjection(aggregate, { generation: 1, emit: () => [output] });
    if (made === undefined) throw new TypeError("it is no projection");
    const placed = recordOf({ type: "Placed", key: "a", payload: { customer: "x", total: 3n } }, 4);
    const items = await decodeRecords(codec, "orders", [placed]);
    const before = { _id: "a", total: 1n, paid: 0n, seen: [] };
    const given = { partition: 0, items, parked: new Set<string>(), stateOf: () => before };
    const folded = foldBatch({ ...given, projection: made });
    expect(folded.outputs).toStrictEqual([output]);
    expect([...folded.changes.values()].map(({ size }) => size)).toStrictEqual([0]);
    // Builds that aren't read leave the writing to the one that is.
    const mute = codeProjection(aggregate, { generation: 1 });
    expect(mute && foldBatch({ ...given, projection: mute }).outputs).toStrictEqual([]);
    const nowhere = aggregateOf("Direct", await catalogOf([{ ...direct, evolve }]));
    const refused = codeProjection(nowhere, { generation: 1 });
    const reason = refused && foldBatch({ ...given, projection: refused }).setAside[0]?.item.reason;
    expect(reason).toContain("the projection has no topic for them");
  });
});

describe("the definition of a projection in code", () => {
  test("is the same for rules that are laid out otherwise, and names what changed", () => {
    const before = projectedDefinition(joined);
    // prettier-ignore
    const spaced = { ...joined, columns: { seen: rules.columns.seen, paid: "long",   total: "long" } };
    expect(projectedDefinition(spaced)).toStrictEqual(before);
    const after = projectedDefinition({
      ...joined,
      columns: { total: "double", paid: "long", extra: "int" },
      initial: { total: 1n },
      evolve: { Placed: () => undefined },
      version: 2,
    });
    expect(definitionHash(after)).not.toBe(definitionHash(before));
    expect(definitionChanges(before, after)).toStrictEqual([
      "columns.extra is new",
      "columns.seen is gone",
      'columns.total was "long", and is "double"',
      'initial was {"total":"0n","paid":"0n","seen":[]}, and is {"total":"1n"}',
      "evolve.Paid is gone",
      "evolve.Placed is another text",
      "version was 1, and is 2",
    ]);
  });

  test("ends a session where it changes, not where only the catalog does", async () => {
    const same = await catalogOf([joined, direct]);
    const [before, after] = [catalog, same].map(
      (of) => codeProjection(aggregateOf("Summary", of), { generation: of.generation })?.definition,
    );
    expect(after).toBe(before);
  });
});
