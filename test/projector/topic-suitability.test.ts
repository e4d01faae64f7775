import { describe, expect, test } from "vitest";
import type { EventType } from "../../src/catalog/types.ts";
import { checkTopicSuits } from "../../src/projector/topic-suitability.ts";
import { eventTypeOf } from "../support/event-types.ts";

const aggregateOf = (...eventTypes: readonly EventType[]) => ({
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  projection: "aggregates",
  topic: "t",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
  eventTypes,
});
const topic = { name: "t", partitions: 1, compacted: true, retentionMs: undefined };
const changed = eventTypeOf("Changed", [{ name: "a" }]);

describe("a compacted topic", () => {
  test("suits one event type that carries the whole state", () => {
    expect(() => checkTopicSuits(topic, [aggregateOf(changed)])).not.toThrow();
  });

  test.each([
    ["several event types", [changed, eventTypeOf("Other", [{ name: "b" }])], "T has 2 event types"],
    ["updates", [eventTypeOf("Changed", [{ name: "a" }], "update")], "Changed has the effect update"],
    [
      "additions",
      [eventTypeOf("Added", [{ name: "n", type: { kind: "long" }, effect: "add" }])],
      "Added.n has the effect add",
    ],
  ] as const)("does not suit %s", (_title, eventTypes, obstacle) => {
    const check = (): void => checkTopicSuits(topic, [aggregateOf(...eventTypes)]);
    expect(check).toThrow(expect.objectContaining({ code: "TOPIC_UNSUITABLE" }));
    expect(check).toThrow(obstacle);
  });

  test.each([
    ["transactions", { transactions: true }, "T has transactions"],
    [
      "a decider's fold",
      {
        decider: { aggregate: "T", topic: "t", initial: {}, decide: {}, evolve: {}, version: 1, eventMutations: false },
      },
      "the decider of T folds each event into the state before it",
    ],
  ])("does not suit %s", (_title, ownership, obstacle) => {
    const owned = { transactions: false, deduplicates: false, decider: undefined, commands: [], ...ownership };
    expect(() => checkTopicSuits(topic, [{ ...aggregateOf(changed), owned }])).toThrow(obstacle);
  });

  test("events that are ignored are no obstacle", () => {
    expect(() => checkTopicSuits(topic, [aggregateOf(changed, eventTypeOf("Noise", [], "ignore"))])).not.toThrow();
  });
});

test("a topic that keeps its events suits everything", () => {
  const added = eventTypeOf("Added", [{ name: "n", type: { kind: "long" }, effect: "add" }]);
  expect(() => checkTopicSuits({ ...topic, compacted: false }, [aggregateOf(added, changed)])).not.toThrow();
});
