import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import type { Processor, ProcessorOptions } from "../../../src/command/processor/processor.ts";
import { partitionOf } from "../../../src/event-log/partition.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { AGGREGATES } from "../../../src/model/checkpoint.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { type Logger, silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type World, openWorld } from "./processor-world.ts";

let world: World;
let processor: Processor | undefined;
let close: () => Promise<void>;

beforeEach(async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const log = openEmbeddedEventLog({ file, logger: silentLogger });
  const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
  world = await openWorld({ log, readModel }, "");
  close = async () => {
    await processor?.stop();
    await log.close();
    await readModel.close();
    await folder.remove();
  };
});

afterEach(async () => {
  await close();
});

/** A catalog that becomes another one; `refresh` does so. */
function changing(before: Catalog, after: Catalog): ProcessorOptions["catalog"] & { isNew: boolean } {
  const catalog = {
    isNew: false,
    current: () => (catalog.isNew ? after : before),
    refresh: async () => {
      catalog.isNew = true;
      await Promise.resolve();
    },
  };
  return catalog;
}

/** A log that keeps no position, as Kafka does after a while. */
const forgetful = (): ProcessorOptions["log"] => {
  const { log } = world;
  const takeOver: ProcessorOptions["log"]["takeOver"] = async (of) => {
    const owner = await log.takeOver(of);
    return { next: undefined, commit: owner.commit.bind(owner), release: owner.release.bind(owner) };
  };
  return {
    takeOver,
    describeTopics: log.describeTopics.bind(log),
    consume: log.consume.bind(log),
    readRange: log.readRange.bind(log),
    join: log.join.bind(log),
    offsets: log.offsets.bind(log),
  };
};

const decided = async (id: string, aggregate = world.counter): Promise<Outcome | undefined> =>
  await vi.waitFor(async () => {
    const outcome = (await world.outcomes(aggregate)).get(id);
    expect(outcome).toBeDefined();
    return outcome;
  });

describe("a lane", () => {
  test("that waits for the projection holds up no topics that come", async () => {
    const catalog = changing({ ...world.catalog, aggregates: [world.counter] }, world.catalog);
    processor = world.start({ catalog, cachedDocuments: 1 });
    await decided(await world.send(world.rule("Create", "a")));
    const waiting = await world.send(world.rule("Add", "a"));
    await catalog.refresh();
    processor.topicsChanged();
    await decided(await world.send(world.set("x", 1)), world.account);
    expect((await world.outcomes(world.counter)).has(waiting)).toBe(false);
  });

  test("decides on partitions that it hears of later, also on what came before", async () => {
    const { log, counter } = world;
    let known = 2;
    const describeTopics: ProcessorOptions["log"]["describeTopics"] = async (names) =>
      (await log.describeTopics(names)).map((topic) => ({ ...topic, partitions: Math.min(topic.partitions, known) }));
    const key = ["a", "b", "c", "d", "e", "f"].find((each) => partitionOf(Buffer.from(each), 3) === 2) ?? "";
    const catalog = changing({ ...world.catalog, aggregates: [counter] }, world.catalog);
    processor = world.start({ catalog, log: { ...forgetful(), takeOver: log.takeOver.bind(log), describeTopics } });
    await vi.waitFor(() => expect(processor?.caughtUp()).toBe(true));
    const early = await world.send(world.rule("Create", key));
    known = 3;
    processor.topicsChanged();
    expect(await decided(early)).toMatchObject({ status: "DECIDED" });
  });

  test("decides by the rules of the catalog that it had to look for", async () => {
    const { codec, counter } = world;
    const catalog = changing({ ...world.catalog, aggregates: [{ ...counter, eventTypes: [] }] }, world.catalog);
    const unknown = { status: "undecodable", code: "EVENT_TYPE_UNKNOWN", reason: "unknown", schemaId: 99 } as const;
    processor = world.start({
      catalog,
      codec: {
        encode: codec.encode.bind(codec),
        decode: codec.decode.bind(codec),
        prepare: async (topic, schemaId) => {
          if (schemaId !== 99) await codec.prepare(topic, schemaId);
        },
        decodeCommand: (topic, value) => (catalog.isNew ? codec.decodeCommand(topic, value) : unknown),
      },
    });
    expect(await decided(await world.send(world.rule("Create", "a")))).toMatchObject({ status: "DECIDED" });
  });
});

describe("a takeover of which the log has forgotten how far the one before was", () => {
  test("decides nothing twice", async () => {
    const window = { commands: 1 };
    processor = world.start({ window });
    for (let time = 0; time < 3; time += 1) await decided(await world.send(world.rule("Twice", "a")));
    await processor.stop();
    processor = world.start({ window, log: forgetful() });
    await decided(await world.send(world.rule("Twice", "a")));
    expect(await world.records(world.counter.topic)).toHaveLength(8);
  });

  test("waits where nothing tells any more", async () => {
    processor = world.start();
    const first = await world.send(world.rule("Twice", "a"));
    await decided(first);
    await processor.stop();
    const log = forgetful();
    const readRange: ProcessorOptions["log"]["readRange"] = async (range) =>
      range.topic.endsWith(".outcomes")
        ? { records: [], next: range.until ?? 0, complete: true }
        : await log.readRange(range);
    const warn = vi.fn<Logger["warn"]>();
    processor = world.start({ log: { ...log, readRange }, logger: { ...silentLogger, warn } });
    await vi.waitFor(() =>
      expect(warn.mock.calls.filter(([fields]) => String(fields["error"]).includes("known no more"))).not.toEqual([]),
    );
    expect(await world.records(world.counter.topic)).toHaveLength(2);
  });
});

describe("a takeover where the projection has to stop", () => {
  test.each([
    ["another count of partitions", { next: 0, partitions: 2 }],
    ["a position that the log doesn't reach", { next: 9, partitions: 3 }],
  ])("decides nothing: %s", async (_, of) => {
    for (const partition of [0, 1, 2])
      await world.readModel.openCheckpoint({
        ...of,
        projection: AGGREGATES,
        topic: world.counter.topic,
        partition,
        generation: 0,
      });
    const warn = vi.fn<Logger["warn"]>();
    processor = world.start({ logger: { ...silentLogger, warn } });
    await vi.waitFor(() =>
      expect(warn.mock.calls.filter(([fields]) => String(fields["error"]).includes("nothing is decided"))).not.toEqual(
        [],
      ),
    );
    expect(processor.status().some(({ owner, topic }) => owner && topic.startsWith("counters"))).toBe(false);
  });
});
