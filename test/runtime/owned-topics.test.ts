import { beforeEach, describe, expect, it } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import type { TopicDescription, TopicSpec } from "../../src/event-log/event-log.ts";
import { checkTopicsBeside } from "../../src/runtime/owned-topics.ts";
import { createMissingTopics } from "../../src/runtime/prepare-topics.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const DAY_MS = 86_400_000;

async function catalogOf(hints: object): Promise<Catalog> {
  const registry = new FakeRegistry();
  const fields = [{ name: "x", type: "int" }];
  await registry.add("values-Set", { type: "record", name: "Set", fields, eventql: hints });
  return buildCatalog(await gatherSubjects(registry));
}

function described(name: string, partitions: number, of: Partial<TopicDescription> = {}): TopicDescription {
  return { name, partitions, compacted: false, retentionMs: undefined, ...of };
}

describe("the topics of a catalog", () => {
  let made: readonly TopicSpec[];
  const create = async (hints: object, ...existing: readonly TopicDescription[]): Promise<void> => {
    const log = {
      describeTopics: async () => existing,
      createTopics: async (topics: readonly TopicSpec[]) => {
        made = topics;
      },
    };
    await createMissingTopics(log, await catalogOf(hints));
  };

  beforeEach(() => {
    made = [];
  });

  it("are the events' alone where it is open", async () => {
    await create({});
    expect(made).toEqual([{ name: "values", partitions: 4 }]);
  });

  it("are the commands' and outcomes' too where it is owned, with as many partitions", async () => {
    await create({ owned: true }, described("values", 7));
    expect(made.slice(1)).toEqual([
      { name: "values.commands", partitions: 7 },
      { name: "values.outcomes", partitions: 7, retentionMs: 7 * DAY_MS },
    ]);
  });

  it("have one partition for the commands where there are transactions", async () => {
    await create({ transactions: true });
    expect(made.map(({ name, partitions }) => [name, partitions])).toEqual([
      ["values", 4],
      ["values.commands", 1],
      ["values.outcomes", 1],
    ]);
  });
});

describe("an owned topic", () => {
  let owned: Aggregate;
  const check = (...topics: readonly TopicDescription[]): void =>
    checkTopicsBeside(owned, new Map(topics.map((topic) => [topic.name, topic])));
  const events = described("values", 3);
  const commands = described("values.commands", 3);
  const outcomes = described("values.outcomes", 3, { retentionMs: 7 * DAY_MS });

  beforeEach(async () => {
    [owned = owned] = (await catalogOf({ owned: true })).aggregates;
  });

  it("suits with its commands and outcomes, or where nothing is there yet", () => {
    expect(() => check(events, commands, outcomes)).not.toThrow();
    expect(() => check()).not.toThrow();
  });

  it("names what is missing", () => {
    expect(() => check(events, outcomes)).toThrow(
      expect.objectContaining({
        code: "TOPIC_NOT_FOUND",
        message:
          "Topic values is owned, and there is no values.commands (3 partitions): create what is missing, or start " +
          "with --create-topics.",
      }),
    );
  });

  it.each([
    [described("values.commands", 2), "values.commands has 2 partitions, and must have 3, as values"],
    [described("values.commands", 3, { compacted: true }), "values.commands is compacted"],
    [described("values.commands", 3, { retentionMs: DAY_MS }), "values.commands expires, and commands are kept"],
    [described("values.outcomes", 1), "values.outcomes has 1 partition, and must have 3"],
  ])("refuses what doesn't fit", (found, reason) => {
    const topics = [commands, outcomes].map((topic) => (topic.name === found.name ? found : topic));
    const unsuitable = { code: "TOPIC_UNSUITABLE", message: expect.stringContaining(reason) };
    expect(() => check(events, ...topics)).toThrow(expect.objectContaining(unsuitable));
  });

  it("with transactions has one partition of commands", async () => {
    [owned = owned] = (await catalogOf({ transactions: true })).aggregates;
    expect(() => check(events, described("values.commands", 1), described("values.outcomes", 1))).not.toThrow();
    expect(() => check(events, commands, described("values.outcomes", 1))).toThrow(
      "values.commands has 3 partitions, and must have one, for there are transactions",
    );
  });
});
