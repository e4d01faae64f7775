import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Aggregate, EventEffect, EventType, FieldEffect, ValueType } from "../../src/catalog/types.ts";
import { isEventQLError } from "../../src/errors.ts";
import { type FoldDocument, type FoldedRecord, documentFold, newestWriter } from "../../src/fold/document-fold.ts";
import { hashOf } from "../../src/model/content-hash.ts";
import type { Decider, State } from "../../src/model/decider.ts";
import type { LogRecord } from "../../src/model/event.ts";
import type { Payload } from "../../src/model/value.ts";
import type { BatchItem } from "../../src/projector/decode-batch.ts";
import { foldBatch } from "../../src/projector/fold-batch.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";

const KINDS: Readonly<Record<string, { readonly type: ValueType; readonly values: fc.Arbitrary<Payload[string]> }>> = {
  long: { type: { kind: "long" }, values: fc.bigInt({ min: -5n, max: 2n ** 62n }) },
  text: { type: { kind: "string" }, values: fc.string({ maxLength: 3 }) },
  date: { type: { kind: "date" }, values: fc.integer({ min: 0, max: 9 }).map((day) => new Date(day * 86_400_000)) },
  list: {
    type: { kind: "array", items: { type: { kind: "string" }, nullable: false } },
    values: fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }),
  },
};
const COLUMNS = Object.keys(KINDS);

const fieldEffects: Readonly<Record<string, readonly FieldEffect[]>> = {
  long: ["set", "add", "multiply", "max"],
  text: ["set", "min"],
  date: ["set"],
  list: ["set", "append", "remove"],
};

const fieldsOf = fc
  .subarray(COLUMNS, { minLength: 1 })
  .chain((columns) =>
    fc.tuple(
      ...columns.map((column) =>
        fc
          .constantFrom(...(fieldEffects[column] ?? ["set"]))
          .map((effect) => ({ name: column, effect, type: KINDS[column]?.type ?? { kind: "null" } })),
      ),
    ),
  );
const effects = fc.constantFrom<EventEffect>("upsert", "upsert", "create", "update", "delete", "ignore");
const eventTypes: fc.Arbitrary<readonly EventType[]> = fc
  .array(fc.tuple(fieldsOf, effects), { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([fields, effect], index) => eventTypeOf(`E${index}`, fields, effect)));

/** What rules may do, mistakes included. */
const steps = fc.constantFrom<(state: State, payload: Payload) => State | undefined>(
  (state, payload) => ({ ...state, ...payload }),
  (state) => state,
  () => undefined,
  (_state, { text = null }) => ({ text }),
  (state) => ({ ...state, long: "one" }),
  (state) => ({ ...state, other: 1 }),
  () => {
    throw new RangeError("no");
  },
);
const rules = fc.tuple(steps, steps, steps).map(([first, second, third]) => ({ E0: first, E1: second, E2: third }));
const ownerships = fc.constantFrom("open", "hints", "evolve");

const aggregates = fc.tuple(eventTypes, rules, ownerships).map(([types, evolve, how]): Aggregate => {
  const decider: Decider = {
    aggregate: "T",
    topic: "t",
    initial: { text: "initial", list: ["i"] },
    decide: {},
    evolve: how === "evolve" ? evolve : undefined,
    version: 1,
    eventMutations: false,
  };
  const owned = { transactions: false, deduplicates: false, decider, commands: [] };
  return {
    name: "T",
    singular: "t",
    plural: "ts",
    collection: "ts",
    projection: "aggregates",
    topic: "t",
    doc: undefined,
    previous: false,
    history: undefined,
    ...(how === "open" ? {} : { owned }),
    columns: COLUMNS.map((name) => ({
      name,
      graphqlName: name,
      aliases: [],
      type: { type: KINDS[name]?.type ?? { kind: "null" }, nullable: true },
      doc: undefined,
      hidden: false,
      references: undefined,
      deprecated: undefined,
    })),
    indexes: [],
    eventTypes: types,
  };
});

interface Step {
  readonly type: number;
  readonly fields: readonly string[];
  readonly payload: Payload;
  readonly isTombstone: boolean;
  readonly partition: number;
}

const payloads: fc.Arbitrary<Payload> = fc
  .tuple(...COLUMNS.map((name) => fc.option(KINDS[name]?.values ?? fc.constant(null), { freq: 6 })))
  .map((values) => Object.fromEntries(values.map((value, index) => [COLUMNS[index] ?? "", value])));
const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    type: fc.nat(2),
    fields: fc.subarray(COLUMNS),
    payload: payloads,
    isTombstone: fc.nat(9).map((n) => n === 0),
    partition: fc.nat(30).map((n) => (n === 0 ? 1 : 0)),
  }),
  { maxLength: 12 },
);

function recordOf(
  aggregate: Aggregate,
  { type, fields, payload, isTombstone, partition }: Step,
  offset: number,
): FoldedRecord {
  const place = { key: "k", partition, offset, timestamp: 1_000 + offset };
  const eventType = aggregate.eventTypes[type % aggregate.eventTypes.length];
  if (isTombstone || eventType === undefined) return { ...place, writer: undefined, payload: {}, value: null };
  const own = new Set(eventType.fields.map(({ field }) => field.name));
  const said = Object.fromEntries(Object.entries(payload).filter(([name]) => own.has(name)));
  const writer = writerOf(
    eventType,
    fields.filter((name) => own.has(name)),
  );
  return { ...place, writer, payload: said, value: Uint8Array.of(0, 0, 0, 0, 1, offset) };
}

/** What the projector makes of a record alone; its code where it sets the record aside. */
function byBatch(aggregate: Aggregate, document: FoldDocument | undefined, folded: FoldedRecord): unknown {
  const { key, partition, offset, timestamp, writer, payload, value } = folded;
  const record: LogRecord = { topic: "t", partition, offset, timestamp, key: Buffer.from(key), value, headers: {} };
  const item: BatchItem =
    writer === undefined ? { kind: "tombstone", record, key } : { kind: "event", record, key, writer, payload };
  const projection = topicProjections({ aggregates: [aggregate], generation: 1 }).get("t");
  if (projection === undefined) throw new TypeError("no projection");
  const stateOf = (): FoldDocument | undefined => document;
  const { changes, setAside } = foldBatch({ projection, partition, items: [item], parked: new Set(), stateOf });
  const [bad] = setAside;
  if (bad !== undefined) return bad.item.code;
  const change = changes.get("ts")?.get(key);
  return change === undefined ? document : change.after;
}

function byFold(aggregate: Aggregate, document: FoldDocument | undefined, record: FoldedRecord): unknown {
  try {
    return documentFold(aggregate).apply(document, record);
  } catch (error) {
    if (!isEventQLError(error)) throw error;
    return error.code;
  }
}

describe("folding a record into a document", () => {
  it("has the effect that it has in the projector, and leaves the document as it was", () => {
    fc.assert(
      fc.property(aggregates, histories, (aggregate, history) => {
        let document: FoldDocument | undefined;
        for (const [offset, step] of history.entries()) {
          const record = recordOf(aggregate, step, offset);
          const before = structuredClone(document);
          const expected = byBatch(aggregate, document, record);
          const actual = byFold(aggregate, document, record);
          expect(actual).toStrictEqual(expected);
          expect(document).toStrictEqual(before);
          if (typeof expected !== "string") document = isDocument(actual) ? actual : undefined;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps a hash of the newest event of what is owned", () => {
    const eventType = eventTypeOf("E", [{ name: "text" }]);
    const value = Uint8Array.of(0, 0, 0, 0, 1, 7);
    const owned = { transactions: false, deduplicates: true, decider: undefined, commands: [] };
    const place = { key: "k", partition: 2, offset: 5, timestamp: 9 };
    const record = { ...place, writer: newestWriter(eventType), payload: { text: "a" }, value };
    const [sample] = fc.sample(aggregates, 1);
    if (sample === undefined) throw new TypeError("no sample");
    const { owned: _owned, ...open } = { ...sample, eventTypes: [eventType] };
    const meta = { partition: 2, offset: 5, type: "E", created: new Date(9), updated: new Date(9) };
    expect(documentFold(open).apply(undefined, record)).toStrictEqual({ _id: "k", text: "a", _meta: meta });
    expect(documentFold({ ...open, owned }).apply(undefined, record)).toStrictEqual({
      _id: "k",
      text: "a",
      _meta: { ...meta, hash: hashOf("E", value) },
    });
  });

  it("knows the newest writer of an event type by one object", () => {
    const eventType = eventTypeOf("E", [{ name: "a" }, { name: "b" }]);
    const writer = newestWriter(eventType);
    expect(writer).toStrictEqual({ schemaId: 1, eventType, fields: new Set(["a", "b"]) });
    expect(newestWriter(eventType)).toBe(writer);
  });
});

function isDocument(value: unknown): value is FoldDocument {
  return typeof value === "object" && value !== null && "_id" in value;
}
