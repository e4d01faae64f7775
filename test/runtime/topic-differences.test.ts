import { describe, expect, it } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import type { TopicDescription, TopicSpec } from "../../src/event-log/event-log.ts";
import { createMissingTopics } from "../../src/runtime/prepare-topics.ts";
import { warnOfTopics } from "../../src/runtime/topic-differences.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const DAY_MS = 86_400_000;

async function made(settings: Parameters<typeof createMissingTopics>[2], hints: object): Promise<readonly TopicSpec[]> {
  const registry = new FakeRegistry();
  const fields = [{ name: "x", type: "int" }];
  await registry.add("values-Set", { type: "record", name: "Set", fields, eventql: hints });
  const specs: TopicSpec[] = [];
  const log = {
    describeTopics: async () => [],
    createTopics: async (topics: readonly TopicSpec[]) => void specs.push(...topics),
  };
  await createMissingTopics(log, buildCatalog(await gatherSubjects(registry)), settings);
  return specs;
}

async function warnings(found: Partial<TopicDescription>, settings: object): Promise<readonly string[]> {
  const said: string[] = [];
  const topic = { name: "t", partitions: 4, compacted: false, retentionMs: undefined, ...found };
  const log = { describeTopics: async () => [topic] };
  await warnOfTopics(log, { t: settings }, { warn: (_fields, message) => void said.push(message) });
  return said;
}

describe("settings of topics", () => {
  it("are those that topics are made with, and that go with them", async () => {
    const settings = { values: { partitions: 2, compacted: true, retention: "P1W" }, other: { partitions: 9 } };
    expect(await made(settings, {})).toEqual([
      { name: "values", partitions: 2, compacted: true, retentionMs: 7 * DAY_MS },
    ]);
    expect((await made({ values: { partitions: 2 } }, { owned: true })).map(({ partitions }) => partitions)).toEqual([
      2, 2, 2,
    ]);
    expect(await made(undefined, {})).toEqual([{ name: "values", partitions: 4 }]);
  });

  it("are compared with a topic that exists, as far as they say anything", async () => {
    expect(await warnings({ retentionMs: DAY_MS }, {})).toEqual([]);
    expect(await warnings({ retentionMs: DAY_MS }, { partitions: 4, compacted: false, retention: "PT24H" })).toEqual(
      [],
    );
    expect(await warnings({ retentionMs: 1 }, { partitions: 2, compacted: true, retention: "P30D" })).toEqual([
      "Topic t exists and is not as topicSettings say: it has 4 partitions, not 2; it isn't compacted; its records expire " +
        "after 1 ms, not after 30 days. It is left so: alter it, or the setting.",
    ]);
    expect(await warnings({ compacted: true }, { compacted: false, retention: "P30D" })).toEqual([
      expect.stringContaining("it is compacted; its records expire never, not after 30 days"),
    ]);
  });
});
