import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlacedRecord } from "../../../src/event-log/event-log.ts";
import { landedWell, planCommit, toTopicMessages } from "../../../src/event-log/kafka/commit-plan.ts";
import { BATCH_OVERHEAD, recordBytes } from "../../../src/event-log/record-size.ts";
import { partitionId } from "../../../src/model/position.ts";

const record = (topic: string, partition: number, bytes = 10): PlacedRecord => ({
  topic,
  partition,
  key: "k",
  value: Buffer.alloc(bytes),
  headers: {},
});
const bytesOf = ({ value, headers }: PlacedRecord): number => recordBytes(Buffer.from("k"), value, headers);

describe("the plan of a commit", () => {
  test("is one round where everything fits, and none where there is nothing", () => {
    const records = [record("a", 0), record("b", 1), record("a", 0)];
    expect(planCommit(records, () => 1_000)).toEqual([records]);
    expect(planCommit([], () => 1_000)).toEqual([]);
  });

  test("refuses a record that its topic does not take", () => {
    const large = record("b", 0, 500);
    const maxBytes = (topic: string): number => bytesOf(large) + BATCH_OVERHEAD - (topic === "b" ? 1 : 0);
    expect(planCommit([record("a", 0, 500)], maxBytes)).toHaveLength(1);
    expect(() => planCommit([record("a", 0), large], maxBytes)).toThrow(
      expect.objectContaining({ code: "EVENT_TOO_LARGE", details: expect.objectContaining({ topic: "b" }) }),
    );
  });

  test("keeps every record, each partition's order, and the bounds of batches and rounds", () => {
    const maxBytes = 700;
    const roundBytes = 1_500;
    const records = fc.array(
      fc.tuple(fc.constantFrom("a", "b"), fc.nat({ max: 2 }), fc.nat({ max: 500 })).map((of) => record(...of)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(records, (records) => {
        const rounds = planCommit(records, () => maxBytes, roundBytes);
        const planned = Map.groupBy(rounds.flat(), partitionId);
        expect(planned).toEqual(Map.groupBy(records, partitionId));
        for (const round of rounds) {
          const total = round.reduce((sum, one) => sum + bytesOf(one), 0);
          expect(total <= roundBytes || round.length === 1).toBe(true);
          for (const batch of Map.groupBy(round, partitionId).values())
            expect(batch.reduce((sum, one) => sum + bytesOf(one), BATCH_OVERHEAD)).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });

  test("is sent by topic, tombstones and null keys too", () => {
    const bare = { topic: "b", partition: 1, key: null, value: null, headers: { h: "1" } };
    expect(toTopicMessages([record("a", 0, 1), bare, record("a", 2, 1)])).toEqual([
      {
        topic: "a",
        messages: [0, 2].map((partition) => ({ key: "k", value: Buffer.alloc(1), headers: {}, partition })),
      },
      { topic: "b", messages: [{ key: null, value: null, headers: { h: "1" }, partition: 1 }] },
    ]);
  });
});

describe("where records have landed", () => {
  const landed = new Map([
    ["a/0", { topic: "a", partition: 0, offset: 5 }],
    ["a/1", { topic: "a", partition: 1, offset: 9 }],
  ]);
  const at = (partition: number, offset?: number): PlacedRecord =>
    offset === undefined ? record("a", partition) : { ...record("a", partition), offset };

  test("is well where each is where it must be, or may be anywhere", () => {
    expect(landedWell([at(0), at(1), at(0)], landed)).toBe(true);
    expect(landedWell([at(0, 5), at(1), at(0, 6), at(1, 10)], landed)).toBe(true);
  });

  test("is not well where one is elsewhere", () => {
    expect(landedWell([at(0, 5), at(0, 7)], landed)).toBe(false);
    expect(landedWell([at(0), at(1, 8)], landed)).toBe(false);
    expect(landedWell([at(2, 1)], landed)).toBe(false);
  });
});
