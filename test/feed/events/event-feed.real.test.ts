import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { toCursor } from "../../../src/feed/events/cursor.ts";
import { createEventFeed } from "../../../src/feed/events/create-event-feed.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { newTopic, openLog, removeTopics, startBrokerProxy, withAdmin } from "../../event-log/kafka/kafka-tools.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { feedOf, request } from "./feed-under-test.ts";
import { FeedModel, steps } from "./feed-model.ts";
import { eventBytes, TestCodec } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

describeReal("an event feed on Kafka", () => {
  afterAll(removeTopics);

  test(
    "whatever happens, each subscriber gets exactly its events, in the order of their partitions",
    { timeout: 180_000 },
    async () => {
      const brokers = realStack().brokers.split(",");
      const log = createKafkaEventLog({ brokers, clientId: "feed-test", logger: silentLogger });
      const group = uniqueName("feed-model");
      try {
        await fc.assert(
          fc.asyncProperty(
            steps,
            fc.constantFrom(0, 500),
            fc.constantFrom(3, 1_000),
            async (all, lingerMs, maxHeldBack) => {
              const topic = await newTopic(log, 3);
              const limits = { lingerMs, graceMs: 20, stallMs: 500, maxHeldBack };
              const feed = createEventFeed({ log, codec: new TestCodec(), logger: silentLogger, group, ...limits });
              try {
                expect(await new FeedModel(log, feed, topic).run(all)).toEqual([]);
              } finally {
                await feed.close();
              }
            },
          ),
          { numRuns: 6, endOnFailure: true },
        );
        const { groups } = await withAdmin((admin) => admin.listGroups());
        expect(groups.filter(({ groupId }) => groupId.startsWith(group))).toEqual([]);
      } finally {
        await log.close();
      }
    },
  );

  test("each event comes once and in order while the connections break", { timeout: 60_000 }, async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    const direct = openLog();
    const topic = await newTopic(direct, 2);
    const feed = feedOf(openLog({ socketFactory, requestTimeoutMs: 2_000 }));
    const [live, resumed] = [new TestSink(), new TestSink()];
    await feed.subscribe(request({ topic }), live);
    await feed.subscribe(request({ topic, after: toCursor(topic, [0, 0]) }), resumed);
    const sent: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const texts = Array.from({ length: 40 }, (_, index) => `${round}:${index}`);
      sent.push(...texts);
      const appended = texts.map((text, index) =>
        direct.append({ topic, key: `k${index % 8}`, value: eventBytes("Added", text), headers: {} }),
      );
      proxy.breakAll();
      await Promise.all(appended);
      await expect.poll(() => live.items.length, { timeout: 20_000, interval: 20 }).toBe(sent.length);
      await expect.poll(() => resumed.items.length, { timeout: 20_000, interval: 20 }).toBe(sent.length);
    }
    for (const sink of [live, resumed]) {
      expect(sink.texts().toSorted()).toEqual(sent.toSorted());
      for (const partition of [0, 1]) {
        const own = sink.items.filter(({ record }) => record.partition === partition);
        expect(own.map(({ record }) => record.offset)).toEqual(own.map((_, index) => index));
      }
    }
  });
});
