import { describe, expect, test } from "vitest";
import type { Aggregate } from "../../../src/catalog/types.ts";
import type { TopicDescription, TopicSpec } from "../../../src/event-log/event-log.ts";
import { createIntermediateTopics } from "../../../src/runtime/projections/intermediate-topics.ts";

const topic = (name: string, partitions: number, of: Partial<TopicDescription> = {}): TopicDescription => ({
  name,
  partitions,
  compacted: false,
  retentionMs: undefined,
  ...of,
});

const rekeyed = (from: readonly string[], partitions?: number): Aggregate => ({
  name: "P",
  singular: "p",
  plural: "ps",
  collection: "ps",
  projection: "P",
  topic: "eventql.p.123456",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
  eventTypes: [],
  projected: {
    projection: {
      kind: "projection",
      name: "P",
      from,
      ...(partitions === undefined ? {} : { partitions }),
      columns: {},
      hidden: [],
      indexes: [],
      previous: false,
      initial: {},
      evolve: {},
      tombstones: "ignore",
      version: 1,
      commit: "batch",
    },
    sources: new Map(),
    isRekeyed: true,
  },
});

async function madeOf(there: readonly TopicDescription[], of: Aggregate): Promise<readonly TopicSpec[]> {
  const made: TopicSpec[] = [];
  const log = {
    describeTopics: async (names: readonly string[]) => there.filter(({ name }) => names.includes(name)),
    createTopics: async (topics: readonly TopicSpec[]) => void made.push(...topics),
  };
  await createIntermediateTopics(log, [of]);
  return made;
}

describe("an intermediate topic", () => {
  test("has the partitions of the source with the most, and keeps records as long as the one that keeps them longest", async () => {
    const sources = [topic("a", 3, { retentionMs: 1_000 }), topic("b", 8, { retentionMs: 5_000 })];
    const name = "eventql.p.123456";
    expect(await madeOf(sources, rekeyed(["a", "b"]))).toStrictEqual([{ name, partitions: 8, retentionMs: 5_000 }]);
    expect(await madeOf(sources, rekeyed(["a", "b"], 2))).toStrictEqual([{ name, partitions: 2, retentionMs: 5_000 }]);
    expect(await madeOf([...sources, topic("c", 1)], rekeyed(["a", "c"]))).toStrictEqual([{ name, partitions: 3 }]);
    // What is compacted keeps the newest of each key forever.
    const compacted = topic("d", 1, { compacted: true, retentionMs: 1_000 });
    expect(await madeOf([...sources, compacted], rekeyed(["a", "d"]))).toStrictEqual([{ name, partitions: 3 }]);
  });

  test("isn't made before its sources are there, nor twice, nor for what is folded as it is", async () => {
    expect(await madeOf([topic("a", 3)], rekeyed(["a", "b"]))).toStrictEqual([]);
    expect(await madeOf([topic("a", 3), topic("eventql.p.123456", 3)], rekeyed(["a"]))).toStrictEqual([]);
    const { projected, ...plain } = rekeyed(["a"]);
    const direct = projected === undefined ? plain : { ...plain, projected: { ...projected, isRekeyed: false } };
    expect(await madeOf([topic("a", 3)], direct)).toStrictEqual([]);
  });
});
