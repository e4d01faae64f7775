import { describe, expect, it } from "vitest";
import type { KeyRecords, ReadKeyOptions } from "../../src/event-log/event-log.ts";
import { partitionOf } from "../../src/event-log/partition.ts";
import { uniqueName } from "../support/real-stack.ts";
import type { Trial } from "./event-log.ts";

/** What reading the records of one key promises. */
export function keyContract({ under, topic, fill }: Trial): void {
  const read = async (of: string, options: Partial<ReadKeyOptions>): Promise<KeyRecords> =>
    await under().log.readKey({
      topic: of,
      partition: 0,
      key: "a",
      from: 0,
      until: Number.MAX_SAFE_INTEGER,
      limit: 10,
      ...options,
    });
  const values = ({ records }: KeyRecords): readonly string[] =>
    records.map(({ value }) => (value === null ? "-" : Buffer.from(value).toString()));

  describe("the records of a key", () => {
    it("are those of the key alone, in order, tombstones too", async () => {
      const of = await topic();
      await fill(of, "a", ["1"]);
      await fill(of, "b", ["other"]);
      await under().log.append({ topic: of, key: "a", value: null, headers: { who: "me" } });
      await fill(of, "a", ["2"]);
      const all = await read(of, {});
      expect(values(all)).toEqual(["1", "-", "2"]);
      expect(all.complete).toBe(true);
      expect(all.records[1]).toMatchObject({ topic: of, partition: 0, offset: 2, value: null, headers: { who: "me" } });
      expect(Buffer.from(all.records[0]?.key ?? []).toString()).toBe("a");
    });

    it("are the first or the newest of a range", async () => {
      const of = await topic();
      await fill(of, "a", ["0", "1", "2", "3", "4", "5"]);
      const [first, newest, within] = await Promise.all([
        read(of, { limit: 2 }),
        read(of, { limit: 2, newest: true }),
        read(of, { from: 1, until: 5, limit: 3, newest: true }),
      ]);
      expect([values(first), values(newest), values(within)]).toEqual([
        ["0", "1"],
        ["4", "5"],
        ["2", "3", "4"],
      ]);
      expect([first.complete, newest.complete, within.complete]).toEqual([true, true, true]);
    });

    it("are none where there are none: of another key, of another partition, in an empty range", async () => {
      const of = await topic(3);
      await fill(of, "a", ["1"]);
      const partition = partitionOf(Buffer.from("a"), 3);
      const reads = await Promise.all([
        read(of, { partition, key: "z" }),
        read(of, { partition: (partition + 1) % 3 }),
        read(of, { partition, from: 1 }),
        read(of, { partition }),
      ]);
      expect(reads.map(({ records }) => records.length)).toEqual([0, 0, 0, 1]);
      expect(reads.map(({ complete }) => complete)).toEqual([true, true, true, true]);
    });

    it("are found at once, or within the bound that is given, which is told", async () => {
      const of = await topic();
      await fill(of, "a", ["first"]);
      await fill(of, "b", Array.from({ length: 20 }, String));
      await fill(of, "a", ["last"]);
      const { findsKeys } = under().log;
      const [forward, backward] = await Promise.all([
        read(of, { limit: 2, maxScanned: 5 }),
        read(of, { limit: 2, maxScanned: 5, newest: true }),
      ]);
      expect(values(forward)).toEqual(findsKeys ? ["first", "last"] : ["first"]);
      expect(values(backward)).toEqual(findsKeys ? ["first", "last"] : ["last"]);
      expect([forward.complete, backward.complete]).toEqual([findsKeys, findsKeys]);
    });

    it("need a topic that exists", async () => {
      await expect(read(uniqueName("nowhere"), {})).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
    });
  });
}
