import { afterAll, expect, it } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { Position } from "../../../src/model/position.ts";
import { type Logger, silentLogger } from "../../../src/telemetry/logger.ts";
import { RecordingHandler } from "../../contract/event-log.handler.ts";
import { describeReal, uniqueName } from "../../support/real-stack.ts";
import { isProduceRequest, newTopic, openLog, removeTopics, startBrokerProxy } from "./kafka-tools.ts";

const BREAKS = 25;
const CALLERS = 32;
const PATIENCE = { timeout: 30_000, interval: 20 };

describeReal("Kafka event log behind breaking connections", () => {
  afterAll(removeTopics);

  /** Appends to one key, one after the other, until told to end. */
  async function call(
    log: EventLog,
    topic: string,
    key: string,
    acknowledged: [string, Position][],
    going: () => boolean,
  ): Promise<void> {
    for (let count = 0; going(); count += 1) {
      const value = `${key}:${count}`;
      acknowledged.push([value, await log.append({ topic, key, value: Buffer.from(value), headers: {} })]);
    }
  }

  it(
    "loses, doubles and reorders nothing when connections break between a write and its acknowledgement",
    { timeout: 60_000 },
    async () => {
      const { proxy, socketFactory } = await startBrokerProxy();
      const direct = openLog();
      const topic = await newTopic(direct, 4);
      const log = openLog({ socketFactory });
      const acknowledged: [string, Position][] = [];
      let breaking = true;
      const callers = Array.from({ length: CALLERS }, (_, index) =>
        call(log, topic, `k${index}`, acknowledged, () => breaking),
      );
      for (let round = 0; round < BREAKS; round += 1) {
        const before = acknowledged.length;
        await expect.poll(() => acknowledged.length, PATIENCE).toBeGreaterThan(before + CALLERS);
        await proxy.breakBeforeAnswer(isProduceRequest);
      }
      breaking = false;
      await Promise.all(callers);
      expect(proxy.broken).toBe(BREAKS);
      expect(acknowledged.length).toBeGreaterThan(BREAKS * CALLERS);

      const total = (await direct.offsets(topic)).reduce((sum, { high }) => sum + high, 0);
      const handler = new RecordingHandler();
      const consumer = await direct.consume({ group: uniqueName("group"), topics: [topic] }, handler);
      await expect.poll(() => handler.received.length, PATIENCE).toBe(total);
      await consumer.stop();

      const values = handler.values();
      expect(new Set(values).size).toBe(values.length);
      const held = new Map(
        handler.received.map((record, index) => [`${record.partition}/${record.offset}`, values[index]]),
      );
      for (const [value, { partition, offset }] of acknowledged) expect(held.get(`${partition}/${offset}`)).toBe(value);
      for (let key = 0; key < CALLERS; key += 1) {
        const counts = values
          .filter((value) => value.startsWith(`k${key}:`))
          .map((value) => Number(value.split(":")[1]));
        expect(counts).toEqual(counts.map((_, index) => index));
      }
    },
  );

  it("delivers each record once while the consumer's connections break", { timeout: 60_000 }, async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    const direct = openLog();
    const topic = await newTopic(direct, 2);
    const log = openLog({ socketFactory });
    const handler = new RecordingHandler();
    const checkpoint = new Map<number, number>();
    handler.from = ({ partition }) => checkpoint.get(partition) ?? 0;
    handler.apply = (batch) => {
      checkpoint.set(batch.partition, batch.next);
      return batch.next;
    };
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    const sent: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const values = Array.from({ length: 50 }, (_, index) => `${round}:${index}`);
      sent.push(...values);
      await Promise.all(
        values.map((value) => direct.append({ topic, key: value, value: Buffer.from(value), headers: {} })),
      );
      proxy.breakAll();
      await expect.poll(() => handler.received.length, PATIENCE).toBe(sent.length);
    }
    expect(handler.values().toSorted()).toEqual(sent.toSorted());
  });

  it("starts its consumer anew after the broker was away for long", { timeout: 60_000 }, async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    const direct = openLog();
    const topic = await newTopic(direct);
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_, message) => void warnings.push(message),
      child: () => logger,
    };
    const log = openLog({ socketFactory, logger, requestTimeoutMs: 1_000 });
    const handler = new RecordingHandler();
    handler.from = () => handler.received.length;
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    const append = (value: string): Promise<Position> =>
      direct.append({ topic, key: "k", value: Buffer.from(value), headers: {} });
    await append("1");
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["1"]);
    proxy.refuse(true);
    await append("2");
    await expect.poll(() => warnings, PATIENCE).toContain("The consumer lost its group; it joins again.");
    proxy.refuse(false);
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["1", "2"]);
    await append("3");
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["1", "2", "3"]);
    expect(handler.revocations).toHaveLength(1);
  });

  it("answers within its bound while the broker is away, and goes on when it comes back", async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    const topic = await newTopic(openLog());
    const log = openLog({ socketFactory, appendTimeoutMs: 500, requestTimeoutMs: 1_000 });
    const record = { topic, key: "k", value: Buffer.from("1"), headers: { ce_id: "event-1" } };
    await log.append(record);
    proxy.refuse(true);
    await expect(log.ping()).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const results = await Promise.allSettled([log.append(record), log.append({ ...record, key: "other" })]);
    for (const result of results)
      expect(result).toMatchObject({
        reason: { retriable: true, code: expect.stringMatching(/^(APPEND_UNKNOWN|EVENT_LOG_UNAVAILABLE)$/u) },
      });
    proxy.refuse(false);
    const append = (): Promise<boolean> =>
      log.append(record).then(
        () => true,
        () => false,
      );
    await expect.poll(append, PATIENCE).toBe(true);
    await log.ping();
  });

  it("says so in bounded time where no broker was ever reached", async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    proxy.refuse(true);
    const log = openLog({ socketFactory, requestTimeoutMs: 1_000 });
    const unavailable = { code: "EVENT_LOG_UNAVAILABLE" };
    await expect(log.describeTopics(["any"])).rejects.toMatchObject(unavailable);
    await expect(log.append({ topic: "any", key: "k", value: null, headers: {} })).rejects.toMatchObject(unavailable);
    await expect(log.consume({ group: "any", topics: ["any"] }, new RecordingHandler())).rejects.toMatchObject(
      unavailable,
    );
  });
});
