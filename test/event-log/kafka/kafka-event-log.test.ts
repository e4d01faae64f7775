import { Partitioners, type Producer } from "kafkajs";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { RecordingHandler } from "../../contract/event-log.handler.ts";
import { describeReal, uniqueName } from "../../support/real-stack.ts";
import { foreignKafka, newTopic, openLog, removeTopics, withAdmin } from "./kafka-tools.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };

describeReal("Kafka event log and what strangers do to its topics", () => {
  afterAll(removeTopics);

  async function transactionalProducer(): Promise<Producer> {
    const producer = foreignKafka().producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: uniqueName("tx"),
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { initialRetryTime: 20 },
    });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    return producer;
  }

  async function transact(producer: Producer, topic: string, values: string[], end: "commit" | "abort"): Promise<void> {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ key: "k", value })) });
    await transaction[end]();
  }

  it("never delivers records of aborted transactions, and has caught up behind the last marker", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    const producer = await transactionalProducer();
    await transact(producer, topic, ["a", "b"], "commit");
    await transact(producer, topic, ["x", "y", "z"], "abort");
    await transact(producer, topic, ["c"], "commit");
    await transact(producer, topic, ["w"], "abort");
    const handler = new RecordingHandler();
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(11);
    expect(handler.values()).toEqual(["a", "b", "c"]);
    await transact(producer, topic, ["v"], "abort");
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(13);
    await transact(producer, topic, ["d"], "commit");
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(15);
    expect(handler.values()).toEqual(["a", "b", "c", "d"]);
  });

  it("never delivers records of aborted transactions of several producers that overlap, wherever it begins", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    const producers = await Promise.all([transactionalProducer(), transactionalProducer(), transactionalProducer()]);
    const open = await Promise.all(producers.map(async (producer) => await producer.transaction()));
    for (const value of ["x", "y", "z"])
      for (const transaction of open) await transaction.send({ topic, messages: [{ key: "k", value }] });
    // Kafka names them in the order of their ends.
    const [first, second, third] = open;
    await third?.abort();
    await second?.abort();
    await first?.commit();
    const all = new RecordingHandler();
    const late = new RecordingHandler();
    late.from = () => 5;
    for (const handler of [all, late]) await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    for (const handler of [all, late]) await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(12);
    expect([all.values(), late.values()]).toEqual([["x", "y", "z"], ["z"]]);
  });

  it("has caught up at once where only markers are left behind the checkpoint", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    await transact(await transactionalProducer(), topic, ["a"], "commit");
    const handler = new RecordingHandler();
    handler.from = () => 1;
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(2);
    expect(handler.received).toEqual([]);
  });

  it("has caught up before an open transaction, and delivers its records once it is committed", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    await log.append({ topic, key: "k", value: Buffer.from("a"), headers: {} });
    const transaction = await (await transactionalProducer()).transaction();
    const handler = new RecordingHandler();
    await transaction.send({ topic, messages: [{ key: "k", value: "b" }] });
    await log.append({ topic, key: "k", value: Buffer.from("c"), headers: {} });
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(1);
    expect(handler.values()).toEqual(["a"]);
    expect((await log.offsets(topic)).map(({ high }) => high)).toEqual([1]);
    expect((await log.offsets(topic, { written: true })).map(({ high }) => high)).toEqual([3]);
    await transaction.commit();
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["a", "b", "c"]);
    await expect.poll(() => handler.caughtUpTo(topic, 0), PATIENCE).toBe(4);
  });

  it("takes a partition on anew, with its true range, where the position is not in the log any more", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    for (const value of ["a", "b", "c", "d"])
      await log.append({ topic, key: "k", value: Buffer.from(value), headers: {} });
    await withAdmin(async (admin) => {
      // kafkajs deletes only where it has loaded the topic's metadata before.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
    });
    const handler = new RecordingHandler();
    const answers = [0];
    handler.from = (_, { low }) => answers.shift() ?? low;
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["c", "d"]);
    expect(handler.assignments.map(({ range }) => range)).toEqual([
      { low: 2, high: 4 },
      { low: 2, high: 4 },
    ]);
    expect(handler.revocations).toHaveLength(1);
  });

  it("keeps its membership, and other consumers' partitions, while a handler holds a batch for long", async () => {
    const log = openLog({ group: { sessionTimeoutMs: 6_000 } });
    const topic = await newTopic(log, 2);
    const held = Promise.withResolvers<void>();
    const handler = new RecordingHandler();
    handler.apply = async (batch) => {
      await held.promise;
      return batch.next;
    };
    await log.consume({ group: uniqueName("group"), topics: [topic] }, handler);
    await log.append({ topic, key: "k", value: Buffer.from("a"), headers: {} });
    const begun = Date.now();
    await expect.poll(() => Date.now() - begun, { timeout: 10_000, interval: 250 }).toBeGreaterThan(7_500);
    held.resolve();
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["a"]);
    expect(handler.assignments).toHaveLength(2);
    expect(handler.revocations).toEqual([]);
  });

  it("says why Kafka refuses to make a topic", async () => {
    await expect(openLog().createTopics([{ name: "not a name", partitions: 1 }])).rejects.toMatchObject({
      code: "TOPIC_UNSUITABLE",
      message: expect.stringContaining('"not a name"'),
    });
  });

  it("refuses what the topic's own limit does not take", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    await log.append({ topic, key: "k", value: Buffer.from("small"), headers: {} });
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: topic, configEntries: [{ name: "max.message.bytes", value: "500" }] }],
      }),
    );
    const results = await Promise.allSettled(
      ["a", "b", "c"].map((key, index) =>
        log.append({ topic, key, value: Buffer.alloc(index === 1 ? 2_000 : 100), headers: {} }),
      ),
    );
    expect(results).toMatchObject([
      { status: "fulfilled" },
      { reason: { code: "EVENT_TOO_LARGE" } },
      { status: "fulfilled" },
    ]);
  });
});
