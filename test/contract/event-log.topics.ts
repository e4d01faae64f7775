import { describe, expect, it } from "vitest";
import { uniqueName } from "../support/real-stack.ts";
import type { Trial } from "./event-log.ts";

export function topicsContract({ under, name: newName, topic, fill }: Trial): void {
  describe("topics", () => {
    it("are described as they were made", async () => {
      const plain = newName();
      const compacted = newName();
      const expiring = newName();
      await under().log.createTopics([
        { name: plain, partitions: 3 },
        { name: compacted, partitions: 1, compacted: true },
        { name: expiring, partitions: 2, retentionMs: 3_600_000 },
      ]);
      const described = await under().log.describeTopics([plain, compacted, expiring]);
      const settings = described.map(({ name, retentionMs, ...topic }) => [
        name,
        topic.partitions,
        topic.compacted,
        retentionMs,
      ]);
      expect(settings).toEqual([
        [plain, 3, false, undefined],
        [compacted, 1, true, undefined],
        [expiring, 2, false, 3_600_000],
      ]);
      // All are of one log, whether it has a name or not.
      expect(new Set(described.map(({ log }) => log)).size).toBe(1);
    });

    it("that don't exist are left out of descriptions", async () => {
      const name = await topic(2);
      const described = await under().log.describeTopics([uniqueName("absent"), name]);
      expect(described.map((one) => one.name)).toEqual([name]);
    });

    it("that exist stay as they are when they are made again", async () => {
      const name = await topic(2);
      await fill(name, "k", ["a"]);
      await under().log.createTopics([{ name, partitions: 5, compacted: true }]);
      expect(await under().log.describeTopics([name])).toMatchObject([
        { name, partitions: 2, compacted: false, retentionMs: undefined },
      ]);
      expect((await under().log.offsets(name)).reduce((sum, { high }) => sum + high, 0)).toBe(1);
    });

    it("have offsets by partition", async () => {
      const name = await topic(3);
      const { partition } = await under().log.append({ topic: name, key: "k", value: Buffer.from("1"), headers: {} });
      await under().log.append({ topic: name, key: "k", value: Buffer.from("2"), headers: {} });
      const offsets = await under().log.offsets(name);
      expect(offsets).toHaveLength(3);
      expect(offsets[partition]).toEqual({ low: 0, high: 2 });
    });

    it("that don't exist have no offsets", async () => {
      await expect(under().log.offsets(uniqueName("absent"))).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
    });

    it("answer a ping, until the log is closed", async () => {
      const other = under().open();
      await other.ping();
      await other.close();
      await expect(other.append({ topic: "any", key: "k", value: null, headers: {} })).rejects.toMatchObject({
        code: "EVENT_LOG_UNAVAILABLE",
      });
    });
  });
}
