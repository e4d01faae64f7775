import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { Consumer, EventLog } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { RecordingHandler } from "./event-log.handler.ts";
import type { Trial } from "./event-log.ts";
import { sharingContract } from "./event-log.sharing.ts";

/** How long a test waits for delivery, in ms. */
const PATIENCE = { timeout: 20_000, interval: 20 };

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`);

export function consumeContract(trial: Trial): void {
  const { lacks, under, topic, fill } = trial;
  const ephemeral = lacks.groups !== undefined;
  const consumers: Consumer[] = [];

  async function consume(name: string, handler: RecordingHandler, log: EventLog = under().log): Promise<Consumer> {
    const consumer = await log.consume({ group: uniqueName("group"), ephemeral, topics: [name] }, handler);
    consumers.push(consumer);
    return consumer;
  }

  describe("consume", () => {
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    });

    it("refuses a topic that doesn't exist", async () => {
      await expect(consume(uniqueName("absent"), new RecordingHandler())).rejects.toMatchObject({
        code: "TOPIC_NOT_FOUND",
      });
    });

    it("tells the handler of each partition and its offsets, and begins where it says", async () => {
      const name = await topic();
      await fill(name, "k", texts(10));
      const handler = new RecordingHandler();
      handler.from = () => 7;
      await consume(name, handler);
      await expect.poll(() => handler.values(), PATIENCE).toEqual(["v7", "v8", "v9"]);
      expect(handler.assignments).toEqual([{ topic: name, partition: 0, range: { low: 0, high: 10 } }]);
      expect(handler.received.map(({ offset }) => offset)).toEqual([7, 8, 9]);
      expect(handler.batches.at(-1)?.next).toBe(10);
    });

    it("delivers what is appended later, by whichever process", async () => {
      const name = await topic();
      const handler = new RecordingHandler();
      await consume(name, handler);
      await expect.poll(() => handler.caughtUpTo(name, 0), PATIENCE).toBe(0);
      await fill(name, "k", ["own"]);
      const other = under().open();
      onTestFinished(() => other.close());
      await other.append({ topic: name, key: "k", value: Buffer.from("other's"), headers: {} });
      await expect.poll(() => handler.values(), PATIENCE).toEqual(["own", "other's"]);
    });

    it("delivers records with null and binary keys", async () => {
      const name = await topic();
      const key = new Uint8Array([255, 0, 254]);
      await under().appendRaw({ topic: name, partition: 0, key: null, value: new Uint8Array([1]) });
      await under().appendRaw({ topic: name, partition: 0, key, value: null });
      const handler = new RecordingHandler();
      await consume(name, handler);
      await expect.poll(() => handler.received.length, PATIENCE).toBe(2);
      expect(handler.received[0]).toMatchObject({ key: null, headers: {} });
      expect([...(handler.received[1]?.key ?? [])]).toEqual([255, 0, 254]);
      expect(handler.received[1]?.value).toBeNull();
    });

    it("goes back, within a batch and before it, and delivers again from there", async () => {
      const name = await topic();
      await fill(name, "k", texts(5));
      const handler = new RecordingHandler();
      handler.from = () => 2;
      const answers = [4, 0];
      handler.apply = (batch) => answers.shift() ?? batch.next;
      await consume(name, handler);
      await expect.poll(() => handler.values().at(-1), PATIENCE).toBe("v4");
      await expect.poll(() => handler.received.length, PATIENCE).toBe(9);
      expect(handler.values()).toEqual(["v2", "v3", "v4", "v4", ...texts(5)]);
    });

    it("neither skips nor repeats anything but what the handler asks for, however often it jumps", async () => {
      const name = await topic();
      await fill(name, "k", texts(2_000));
      const handler = new RecordingHandler();
      const wrong: string[] = [];
      let expected = 0;
      let jumps = 0;
      handler.apply = ({ records, next }) => {
        for (const { offset } of records) {
          if (offset !== expected) wrong.push(`${offset} where ${expected} was due`);
          expected = offset + 1;
        }
        if (jumps < 40) {
          jumps += 1;
          // Back, forth and within the batch, by a sequence that has no pattern.
          expected = jumps % 3 === 0 ? (jumps * 7_919) % 2_000 : Math.max(0, next - 1 - ((jumps * 31) % 200));
        }
        return expected;
      };
      await consume(name, handler);
      const later = Array.from({ length: 20 }, (_, round) => fill(name, "k", texts(10 * round)));
      await Promise.all(later);
      const [range] = await under().log.offsets(name);
      await expect.poll(() => handler.caughtUpTo(name, 0), PATIENCE).toBe(range?.high);
      expect(jumps).toBe(40);
      expect(expected).toBe(range?.high);
      expect(wrong).toEqual([]);
    });

    it("skips to a later position", async () => {
      const name = await topic();
      await fill(name, "k", texts(3));
      const handler = new RecordingHandler();
      let first = true;
      handler.apply = (batch) => {
        const next = first ? 5 : batch.next;
        first = false;
        return next;
      };
      await consume(name, handler);
      await expect.poll(() => handler.received.length, PATIENCE).toBe(3);
      await fill(name, "k", ["v3", "v4", "v5", "v6"]);
      await expect.poll(() => handler.values().slice(3), PATIENCE).toEqual(["v5", "v6"]);
    });

    it("retries a rejected batch from the same position", async () => {
      const name = await topic();
      await fill(name, "k", texts(3));
      const handler = new RecordingHandler();
      const tried: number[] = [];
      handler.apply = (batch) => {
        tried.push(batch.records[0]?.offset ?? -1);
        if (tried.length < 3) throw new TypeError("not yet");
        return batch.next;
      };
      await consume(name, handler);
      await expect.poll(() => handler.values(), PATIENCE).toEqual(texts(3));
      expect(tried).toEqual([0, 0, 0]);
    });

    it("retries an assignment that the handler could not take on", async () => {
      const name = await topic();
      await fill(name, "k", texts(1));
      const handler = new RecordingHandler();
      let tries = 0;
      handler.from = () => {
        tries += 1;
        if (tries < 3) throw new TypeError("not yet");
        return 0;
      };
      await consume(name, handler);
      await expect.poll(() => handler.values(), PATIENCE).toEqual(texts(1));
      expect(tries).toBe(3);
    });

    it("lets other partitions go on while one waits, and that one take up what came meanwhile", async () => {
      const name = await topic(2);
      const held = Promise.withResolvers<void>();
      const handler = new RecordingHandler();
      handler.apply = async (batch) => {
        if (batch.partition === 0) await held.promise;
        return batch.next;
      };
      await consume(name, handler);
      for (const value of ["1", "2", "3"])
        for (const partition of [0, 1])
          await under().appendRaw({ topic: name, partition, key: null, value: Buffer.from(`${partition}:${value}`) });
      await expect.poll(() => handler.values(), PATIENCE).toEqual(["1:1", "1:2", "1:3"]);
      held.resolve();
      await expect.poll(() => handler.values().slice(3), PATIENCE).toEqual(["0:1", "0:2", "0:3"]);
    });

    it("bounds a batch by its bytes, and loses nothing by that", async () => {
      const name = await topic();
      const value = "x".repeat(1_000);
      await fill(
        name,
        "k",
        texts(500).map((text) => text + value),
      );
      const handler = new RecordingHandler();
      const consumer = await under().log.consume(
        { group: uniqueName("group"), ephemeral, topics: [name], maxBatchBytes: 50_000 },
        handler,
      );
      consumers.push(consumer);
      await expect.poll(() => handler.received.length, PATIENCE).toBe(500);
      expect(handler.received.map(({ offset }) => offset)).toEqual(texts(500).map((_, index) => index));
    });

    it("reports that it has caught up, and again after more was appended", async () => {
      const name = await topic();
      await fill(name, "k", texts(3));
      const handler = new RecordingHandler();
      await consume(name, handler);
      await expect.poll(() => handler.caughtUpTo(name, 0), PATIENCE).toBe(3);
      expect(handler.received).toHaveLength(3);
      await fill(name, "k", texts(2));
      await expect.poll(() => handler.caughtUpTo(name, 0), PATIENCE).toBe(5);
      expect(handler.received).toHaveLength(5);
    });

    it("waits for the batch under way when it stops, and delivers nothing after", async () => {
      const name = await topic();
      await fill(name, "k", texts(1));
      const under$ = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const handler = new RecordingHandler();
      handler.apply = async (batch) => {
        begun.resolve();
        await under$.promise;
        return batch.next;
      };
      const consumer = await consume(name, handler);
      await begun.promise;
      await fill(name, "k", ["later"]);
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      await under().log.offsets(name);
      expect(stopped).toBe(false);
      under$.resolve();
      await stopping;
      expect(handler.values()).toEqual(["v0"]);
    });

    it("ends with the log", async () => {
      const name = await topic();
      await fill(name, "k", texts(2));
      const other = under().open();
      const handler = new RecordingHandler();
      await other.consume({ group: uniqueName("group"), ephemeral, topics: [name] }, handler);
      await expect.poll(() => handler.received.length, PATIENCE).toBe(2);
      await other.close();
      await fill(name, "k", ["later"]);
      await expect(other.ping()).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
      expect(handler.received).toHaveLength(2);
    });

    sharingContract(trial);
  });
}
