import { describe, expect, it } from "vitest";
import type { EventCodec } from "../../src/catalog/codec.ts";
import type { ReadRangeOptions } from "../../src/event-log/event-log.ts";
import { createDecidedEvents } from "../../src/history/read-decided-events.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { eventType, record } from "../graphql/sketch.ts";

const CREATED = eventType(record("x.Created", []));

/** Each record's value is its offset; odd ones can't be decoded, 4 is a tombstone, and 2 needs its schema first. */
function recordAt(partition: number, offset: number): LogRecord {
  const value = offset === 4 ? null : Buffer.from([offset]);
  return { topic: "t", partition, offset, timestamp: 0, key: Buffer.from(`k${offset}`), value, headers: {} };
}

/** @param shown where a partition ends for readers, by how often the log was read */
function setUp(ends: readonly number[], shown = (_partition: number, _reads: number): number => Infinity) {
  const reads: ReadRangeOptions[] = [];
  const prepared = new Set<number>();
  const codec: EventCodec = {
    decode: (_topic, [offset = 0]) => {
      if (offset === 2 && !prepared.has(2)) return { status: "unprepared", schemaId: 2 };
      if (offset % 2 === 1) return { status: "undecodable", code: "NOT_AVRO", reason: "odd" };
      return { status: "decoded", writer: { schemaId: 1, eventType: CREATED, fields: new Set() }, payload: { offset } };
    },
    prepare: async (_topic, schemaId) => void prepared.add(schemaId),
    encode: () => Buffer.from([]),
  };
  const events = createDecidedEvents({
    codec,
    patienceMs: 50,
    log: {
      offsets: async () => ends.map((high) => ({ low: 0, high })),
      readRange: async (options) => {
        reads.push(options);
        const { partition, from, until = 0 } = options;
        const next = Math.max(from, Math.min(until, shown(partition, reads.length)));
        const records = Array.from({ length: next - from }, (_, index) => recordAt(partition, from + index));
        return { records, next, complete: true };
      },
    },
  });
  return { events, reads };
}

describe("decided events", () => {
  it("are read in the order that was asked for, neighbours at once", async () => {
    const { events, reads } = setUp([9, 12]);
    const at = [4, 2, 8].map((offset) => ({ partition: 1, offset }));
    const found = await events.read("t", [{ partition: 0, offset: 6 }, ...at, { partition: 1, offset: 9 }]);
    expect(
      found.events.map(({ id, event, record: { partition } }) => [partition, id, event?.payload["offset"]]),
    ).toEqual([
      [0, "k6", 6],
      [1, "k4", undefined],
      [1, "k2", 2],
      [1, "k8", 8],
    ]);
    expect(found.positions).toEqual([9, 12]);
    expect(reads).toEqual([
      { topic: "t", partition: 0, from: 6, until: 7 },
      { topic: "t", partition: 1, from: 2, until: 3 },
      { topic: "t", partition: 1, from: 4, until: 5 },
      { topic: "t", partition: 1, from: 8, until: 10 },
    ]);
  });

  it("are waited for where their partition doesn't show them yet, and what is behind them is told", async () => {
    const { events, reads } = setUp([3, 1], (partition, times) => (partition === 0 ? 3 : times));
    const at = [2, 4].map((offset) => ({ partition: 1, offset }));
    const found = await events.read("t", [{ partition: 0, offset: 2 }, ...at]);
    expect(found.events.map(({ id }) => id)).toEqual(["k2", "k2", "k4"]);
    expect(found.positions).toEqual([3, 5]);
    expect(reads.length).toBeGreaterThan(3);
  });

  it("are an error where their partition never shows them", async () => {
    const { events } = setUp([3], () => 3);
    await expect(events.read("t", [{ partition: 0, offset: 4 }])).rejects.toMatchObject({
      code: "EVENT_LOG_UNAVAILABLE",
    });
  });

  it("of no positions are read from nowhere", async () => {
    const { events, reads } = setUp([1]);
    expect(await events.read("t", [])).toEqual({ events: [], positions: [] });
    expect(reads).toEqual([]);
  });
});
