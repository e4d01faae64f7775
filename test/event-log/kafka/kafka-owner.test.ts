import type { Producer, Transaction } from "kafkajs";
import kafkajs, { Kafka, logLevel } from "kafkajs";
import { describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Landed } from "../../../src/event-log/kafka/commit-plan.ts";
import { KafkaOwner } from "../../../src/event-log/kafka/kafka-owner.ts";
import { TopicCache } from "../../../src/event-log/kafka/topic-cache.ts";
import { KafkaAdmin } from "../../../src/event-log/kafka/kafka-admin.ts";
import { placed } from "../../contract/event-log.owner-tools.ts";

const OF = { name: "owner", input: { topic: "input", partition: 1 } };

const protocolError = (type: string, message = type): Error =>
  new kafkajs.KafkaJSProtocolError(Object.assign(new TypeError(message), { type, code: 1, retriable: false }));
const lost = (): Error => new kafkajs.KafkaJSConnectionError("the connection is gone");

/** An owner whose producer does what a test says, with no broker. */
function setUp(keepMs?: number) {
  const kafka = new Kafka({ brokers: ["127.0.0.1:1"], logLevel: logLevel.NOTHING });
  const producer: Producer = kafka.producer({ transactionalId: "t", createPartitioner: () => () => 0 });
  const disconnect = vi.spyOn(producer, "disconnect").mockResolvedValue();
  let end = 10;
  const transaction = {
    send: vi.fn<Transaction["send"]>(),
    sendBatch: vi.fn<Transaction["sendBatch"]>(async ({ topicMessages = [] }) =>
      topicMessages.flatMap(({ topic, messages }) => {
        const baseOffset = String(end);
        end += messages.length;
        return [{ topicName: topic, partition: 0, errorCode: 0, baseOffset }];
      }),
    ),
    sendOffsets: vi.fn<Transaction["sendOffsets"]>().mockResolvedValue(),
    commit: vi.fn<Transaction["commit"]>().mockResolvedValue(),
    abort: vi.fn<Transaction["abort"]>().mockResolvedValue(),
    isActive: () => true,
  };
  const begin = vi.spyOn(producer, "transaction").mockResolvedValue(transaction);
  const admin = new KafkaAdmin(kafka, [], 1_000);
  const settings = { partitions: 1, compacted: false, retentionMs: undefined, maxMessageBytes: 1_000 };
  const asked = vi
    .spyOn(admin, "settings")
    .mockImplementation(async (names) => await Promise.resolve(names.map((name) => ({ ...settings, name }))));
  const settled = vi.fn<(landed: Landed) => Promise<void>>().mockResolvedValue();
  const onEnded = vi.fn<(owner: KafkaOwner) => void>();
  const topics = new TopicCache(admin);
  const options = { of: OF, producer, next: 3, replicationTimeoutMs: 5, topics, settled, onEnded };
  const owner = new KafkaOwner(keepMs === undefined ? options : { ...options, keepMs });
  return { owner, transaction, begin, asked, topics, settled, onEnded, disconnect };
}

const commit = { records: [placed("events", 0, "v")], next: 4 };

describe("an owner of a partition on Kafka", () => {
  test("sends its records before its position, and commits both", async () => {
    const { owner, transaction } = setUp();
    expect(owner.next).toBe(3);
    expect(await owner.commit(commit)).toBe("committed");
    const { sendBatch, sendOffsets, commit: committed } = transaction;
    expect(sendOffsets).toHaveBeenCalledExactlyOnceWith({
      consumerGroupId: "owner",
      topics: [{ topic: "input", partitions: [{ partition: 1, offset: "4" }] }],
    });
    expect(sendBatch.mock.invocationCallOrder[0]).toBeLessThan(sendOffsets.mock.invocationCallOrder[0] ?? 0);
    expect(sendOffsets.mock.invocationCallOrder[0]).toBeLessThan(committed.mock.invocationCallOrder[0] ?? 0);
  });

  test("aborts where a record would land elsewhere, and waits until that holds no end back", async () => {
    const { owner, transaction, settled, onEnded } = setUp();
    expect(await owner.commit({ records: [placed("events", 0, "v", 9)], next: 4 })).toBe("moved");
    expect(transaction.abort).toHaveBeenCalledTimes(1);
    expect(transaction.commit).not.toHaveBeenCalled();
    expect([...(settled.mock.lastCall?.[0].values() ?? [])]).toEqual([{ topic: "events", partition: 0, offset: 10 }]);
    expect(await owner.commit({ records: [placed("events", 0, "v", 11)], next: 4 })).toBe("committed");
    expect(onEnded).not.toHaveBeenCalled();
  });

  test("stores its position again where nothing moves it, for Kafka forgets what nobody stores", async () => {
    const { owner, transaction, disconnect } = setUp(5);
    const stored = (): readonly (string | undefined)[] =>
      transaction.sendOffsets.mock.calls.map(([{ topics }]) => topics[0]?.partitions[0]?.offset);
    await vi.waitFor(() => expect(stored()).toContain("3"));
    await owner.commit(commit);
    await vi.waitFor(() => expect(stored().filter((offset) => offset === "4").length).toBeGreaterThan(1));
    expect(stored().lastIndexOf("3")).toBeLessThan(stored().indexOf("4"));
    await owner.release();
    expect(disconnect).toHaveBeenCalledTimes(1);
  });

  test("tries its position again while the last transaction is being completed", async () => {
    const { owner, transaction } = setUp();
    transaction.sendOffsets.mockRejectedValueOnce(protocolError("CONCURRENT_TRANSACTIONS"));
    expect(await owner.commit({ records: [], next: 4 })).toBe("committed");
    expect(transaction.sendOffsets).toHaveBeenCalledTimes(2);
  });

  test.each([
    ["a fenced record", "sendBatch", protocolError("INVALID_PRODUCER_EPOCH")],
    [
      "a fenced record, wrapped",
      "sendBatch",
      Object.assign(new kafkajs.KafkaJSNonRetriableError("no"), { cause: protocolError("INVALID_PRODUCER_EPOCH") }),
    ],
    ["a fenced position", "sendOffsets", protocolError("PRODUCER_FENCED")],
    ["a commit while its transaction is being aborted", "commit", protocolError("CONCURRENT_TRANSACTIONS")],
    ["a fenced commit", "commit", protocolError("KAFKAJS_UNKNOWN_ERROR_CODE", "Unknown error code 90")],
  ] as const)("is fenced for good by %s", async (_, step, error) => {
    const { owner, transaction, begin, onEnded, disconnect } = setUp();
    transaction[step].mockRejectedValueOnce(error);
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(owner.commit(commit)).rejects.toMatchObject({ code: "OWNER_FENCED", retriable: true });
    await owner.release();
    await expect(owner.commit(commit)).rejects.toMatchObject({ code: "OWNER_FENCED" });
    expect([begin, disconnect, onEnded].map((spy) => spy.mock.calls.length)).toEqual([1, 1, 1]);
  });

  test.each(["sendBatch", "sendOffsets", "commit", "abort"] as const)(
    "is at its end when %s fails: the outcome is open",
    async (step) => {
      const { owner, transaction, begin, disconnect } = setUp();
      transaction[step].mockRejectedValueOnce(lost());
      const records = step === "abort" ? [placed("events", 0, "v", 1)] : commit.records;
      for (let attempt = 0; attempt < 2; attempt += 1)
        await expect(owner.commit({ records, next: 4 })).rejects.toMatchObject({
          code: "EVENT_LOG_UNAVAILABLE",
          retriable: true,
          message: expect.stringContaining("the connection is gone"),
        });
      expect(begin).toHaveBeenCalledTimes(1);
      expect(disconnect).toHaveBeenCalledTimes(1);
    },
  );

  test("is at its end where Kafka does not say where records have landed", async () => {
    const { owner, transaction } = setUp();
    transaction.sendBatch.mockResolvedValueOnce([]);
    await expect(owner.commit(commit)).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    expect(transaction.commit).not.toHaveBeenCalled();
  });

  test("has topics' settings read anew by its successor after a failure", async () => {
    const { owner, transaction, asked, topics } = setUp();
    await owner.commit(commit);
    await owner.commit(commit);
    expect(asked).toHaveBeenCalledTimes(1);
    transaction.sendBatch.mockRejectedValueOnce(protocolError("MESSAGE_TOO_LARGE"));
    await expect(owner.commit(commit)).rejects.toThrow(EventQLError);
    await topics.get("events");
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("refuses what is too large before it begins, and goes on", async () => {
    const { owner, begin } = setUp();
    const large = placed("events", 0, "x".repeat(1_000));
    await expect(owner.commit({ records: [large], next: 4 })).rejects.toMatchObject({ code: "EVENT_TOO_LARGE" });
    expect(begin).not.toHaveBeenCalled();
    expect(await owner.commit(commit)).toBe("committed");
  });

  test("refuses partitions that there are none of: kafkajs would leave their records out", async () => {
    const { owner, begin } = setUp();
    await expect(owner.commit({ records: [placed("events", 1, "v")], next: 4 })).rejects.toThrow(/no partition 1/);
    expect(begin).not.toHaveBeenCalled();
  });

  test("waits for the commit under way when it is given up", async () => {
    const { owner, transaction, disconnect } = setUp();
    const under = Promise.withResolvers<void>();
    transaction.commit.mockReturnValueOnce(under.promise);
    const committing = owner.commit(commit);
    const releasing = owner.release();
    await expect.poll(() => transaction.commit.mock.calls.length).toBe(1);
    expect(disconnect).not.toHaveBeenCalled();
    under.resolve();
    expect(await committing).toBe("committed");
    await releasing;
    expect(disconnect).toHaveBeenCalledTimes(1);
    await expect(owner.commit(commit)).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
  });
});
