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

function setUp(ends: readonly number[]) {
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
    log: {
      offsets: async () => ends.map((high) => ({ low: 0, high })),
      readRange: async (options) => {
        reads.push(options);
        const { partition, from, until = 0 } = options;
        const records = Array.from({ length: until - from }, (_, index) => recordAt(partition, from + index));
        return { records, next: until, complete: true };
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

  it("of no positions are read from nowhere", async () => {
    const { events, reads } = setUp([1]);
    expect(await events.read("t", [])).toEqual({ events: [], positions: [] });
    expect(reads).toEqual([]);
  });
});
