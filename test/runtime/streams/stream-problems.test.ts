import { describe, expect, test, vi } from "vitest";
import { event } from "../../../src/model/decider.ts";
import { stream } from "../../../src/model/stream-builder.ts";
import { narrowed, wantedStreams } from "../../../src/runtime/streams/only.ts";
import { checkStreams, cyclesOf, streamProblems } from "../../../src/runtime/streams/stream-problems.ts";
import { createStreamTopics } from "../../../src/runtime/streams/stream-topics.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { catalogOf } from "../../dataflow/support/world.ts";

const orders = stream("orders");
const made = orders.map(() => event("Added", {}));
const catalog = catalogOf(["orders", "big"]);

describe("what is wrong with streams", () => {
  test("a topic that is written must be another one, open, and have a schema for what is new", () => {
    const [order, ...others] = catalog.aggregates;
    const owned = { transactions: false, deduplicates: false, decider: undefined, commands: [] };
    const aggregates = order === undefined ? others : [order, ...others.map((each) => ({ ...each, owned }))];
    const streams = [
      orders.to("orders"),
      made.to("big"),
      made.to("nowhere"),
      orders.to("anywhere"),
      orders.to("anywhere"),
    ];
    expect(streamProblems(streams, { ...catalog, aggregates }).map(({ problem }) => problem)).toEqual([
      expect.stringContaining("reads and writes topic orders"),
      expect.stringContaining("topic big, which is owned"),
      expect.stringContaining("topic nowhere, which has no schema: register one"),
      expect.stringContaining("two streams are called anywhere"),
    ]);
    expect(() => checkStreams(streams, catalog, silentLogger)).toThrow(/3 things are wrong with streams\.\n- stream /);
    expect(() => checkStreams([made.to("big")], catalog, silentLogger)).not.toThrow();
  });

  test("a circle of streams is told of, and runs", () => {
    const round = [orders.to("a"), stream("a").to("b"), stream("b").to("orders"), stream("b").to("c")];
    expect(cyclesOf(round).map(({ name }) => name)).toEqual(["a", "b", "orders"]);
    const warn = vi.fn<() => void>();
    checkStreams(round, catalog, { ...silentLogger, warn });
    expect(warn).toHaveBeenCalledTimes(3);
  });

  test("a topic without event types is told of where events are read, and needs none where records are copied", () => {
    const warn = vi.fn<(fields: object, message: string) => void>();
    const misspelt = stream("ordres");
    const streams = [
      misspelt.filter(() => true).to("some"),
      misspelt.mirror("all"),
      orders.filter(() => true).to("few"),
    ];
    checkStreams(streams, catalog, { ...silentLogger, warn });
    expect(warn.mock.calls.map(([fields]) => fields)).toEqual([
      { stream: "some", topic: "ordres", remedy: "Did you mean orders?" },
    ]);
  });
});

describe("a process that runs some streams alone", () => {
  const streams = [orders.to("big"), orders.to("small")];
  const config = { roles: ["gateway", "projector"], sample: true, projections: [], streams, sources: {} } as const;

  test("has the projector's role alone, and only the streams that it names", () => {
    expect(narrowed({ ...config, only: undefined })).toMatchObject(config);
    const alone = narrowed({ ...config, only: ["small"] });
    expect(alone).toMatchObject({ roles: ["projector"], sample: false });
    expect(wantedStreams(alone).map(({ name }) => name)).toEqual(["small"]);
    expect(wantedStreams({ ...config, only: undefined })).toHaveLength(2);
  });

  test("is told the name that was probably meant", () => {
    const wrong = { ...config, only: ["smal", "x"], sources: { only: "--only" } };
    expect(() => narrowed(wrong)).toThrow(
      "--only names smal, which is no projection or stream. Did you mean small?\n--only names x, which is no projection or stream.",
    );
  });
});

test("topics that streams write have as many partitions as the largest that they are made from, or as is said", async () => {
  const topics = new Map([["orders", 6]]);
  const log = {
    describeTopics: async (names: readonly string[]) =>
      await Promise.resolve(
        names.flatMap((name) => {
          const partitions = topics.get(name);
          return partitions === undefined ? [] : [{ name, partitions, compacted: false, retentionMs: undefined }];
        }),
      ),
    createTopics: async (specs: readonly { readonly name: string; readonly partitions: number }[]) => {
      for (const { name, partitions } of specs) if (!topics.has(name)) topics.set(name, partitions);
      await Promise.resolve();
    },
  };
  const streams = [stream("orders", "new").to("all"), stream("all").to("one")];
  await createStreamTopics(log, streams, { one: { partitions: 1 } });
  expect(Object.fromEntries(topics)).toEqual({ orders: 6, new: 4, all: 6, one: 1 });
});
