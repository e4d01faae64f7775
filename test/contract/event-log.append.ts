import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/event-log/partition.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { uniqueName } from "../support/real-stack.ts";
import { RecordingHandler } from "./event-log.handler.ts";
import type { Trial } from "./event-log.ts";

export function appendContract({ lacks, under, topic }: Trial): void {
  /** Everything that a topic holds. */
  async function readAll(name: string, count: number): Promise<readonly LogRecord[]> {
    const handler = new RecordingHandler();
    const ephemeral = lacks.groups !== undefined;
    const consumer = await under().log.consume({ group: uniqueName("group"), ephemeral, topics: [name] }, handler);
    await expect.poll(() => handler.received.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(count);
    await consumer.stop();
    return handler.received;
  }

  describe("append", () => {
    it("keeps each key's order under concurrent calls, and says where each record truly landed", async () => {
      const name = await topic(4);
      const sent = Array.from({ length: 2_000 }, (_, index) => ({ key: `key-${index % 37}`, value: String(index) }));
      const positions = await Promise.all(
        sent.map(({ key, value }) => under().log.append({ topic: name, key, value: Buffer.from(value), headers: {} })),
      );
      const held = await readAll(name, sent.length);
      const at = new Map(held.map((record) => [`${record.partition}/${record.offset}`, record]));
      for (const [index, { partition, offset }] of positions.entries()) {
        const record = at.get(`${partition}/${offset}`);
        expect(Buffer.from(record?.value ?? []).toString()).toBe(sent[index]?.value);
        expect(Buffer.from(record?.key ?? []).toString()).toBe(sent[index]?.key);
      }
      for (let key = 0; key < 37; key += 1) {
        const offsets = positions.filter((_, index) => index % 37 === key).map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      }
    });

    it("puts a key on the partition that Kafka's own clients would", async () => {
      const name = await topic(5);
      const keys = ["a", "b", "ünï", "00000000-0000-0000-0000-000000000000", ""];
      for (const key of keys) {
        const { partition } = await under().log.append({ topic: name, key, value: Buffer.from("v"), headers: {} });
        expect(partition).toBe(partitionOf(Buffer.from(key), 5));
      }
    });

    it("keeps bytes, tombstones, headers and the time", async () => {
      const name = await topic();
      const bytes = Buffer.from([0, 255, 254, 0, 128, 195, 40]);
      const headers = { ce_id: "1", traceparent: "00-ü", empty: "" };
      const before = Date.now();
      await under().log.append({ topic: name, key: "ключ", value: bytes, headers });
      await under().log.append({ topic: name, key: "k", value: null, headers: {} });
      await under().log.append({ topic: name, key: "k", value: Buffer.alloc(0), headers: {} });
      const [first, second, third] = await readAll(name, 3);
      expect(first).toMatchObject({ topic: name, partition: 0, offset: 0, headers });
      expect(Buffer.from(first?.key ?? []).toString()).toBe("ключ");
      expect(Buffer.from(first?.value ?? [])).toEqual(bytes);
      expect(first?.timestamp).toBeGreaterThanOrEqual(before - 1_000);
      expect(first?.timestamp).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(second).toMatchObject({ value: null, headers: {} });
      expect(third?.value).toHaveLength(0);
    });

    it("refuses an unknown topic at once, and harms no other append by it", async () => {
      const name = await topic();
      const absent = under().log.append({ topic: uniqueName("absent"), key: "k", value: null, headers: {} });
      const present = under().log.append({ topic: name, key: "k", value: null, headers: {} });
      await expect(absent).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
      expect(await present).toEqual({ topic: name, partition: 0, offset: 0 });
    });

    it("refuses what is too large, and harms no other append by it", async () => {
      const name = await topic();
      const value = Buffer.alloc(1_100_000);
      const results = await Promise.allSettled([
        under().log.append({ topic: name, key: "a", value: Buffer.from("1"), headers: {} }),
        under().log.append({ topic: name, key: "b", value, headers: {} }),
        under().log.append({ topic: name, key: "a", value: Buffer.from("2"), headers: {} }),
      ]);
      expect(results).toMatchObject([
        { value: { offset: 0 } },
        { reason: { code: "EVENT_TOO_LARGE" } },
        { value: { offset: 1 } },
      ]);
    });

    it("takes a record that is nearly too large, and several of them at once", async () => {
      const name = await topic();
      const value = Buffer.alloc(1_000_000, 7);
      const positions = await Promise.all(
        ["a", "b", "c"].map((key) => under().log.append({ topic: name, key, value, headers: {} })),
      );
      expect(positions.map(({ offset }) => offset)).toEqual([0, 1, 2]);
    });
  });
}
