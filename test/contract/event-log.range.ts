import { describe, expect, it } from "vitest";
import type { RangeRecords, ReadRangeOptions } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import type { Trial } from "./event-log.ts";

export function rangeContract({ under, topic, fill }: Trial): void {
  const read = async (topic: string, options: Partial<ReadRangeOptions> = {}): Promise<RangeRecords> =>
    await under().log.readRange({ topic, partition: 0, from: 0, ...options });
  const values = ({ records }: RangeRecords): readonly string[] =>
    records.map(({ value }) => (value === null ? "-" : Buffer.from(value).toString()));

  describe("a range of a partition", () => {
    it("is read from its beginning, with everything that its records have", async () => {
      const of = await topic();
      await fill(of, "a", ["1"]);
      await under().log.append({ topic: of, key: "ü", value: null, headers: { who: "me" } });
      await under().appendRaw({ topic: of, partition: 0, key: null, value: Buffer.from("3") });
      const range = await read(of);
      expect(values(range)).toEqual(["1", "-", "3"]);
      expect(range).toMatchObject({ next: 3, complete: true });
      expect(range.records[1]).toMatchObject({
        topic: of,
        partition: 0,
        offset: 1,
        value: null,
        headers: { who: "me" },
      });
      expect(Buffer.from(range.records[1]?.key ?? []).toString()).toBe("ü");
      expect(range.records[2]).toMatchObject({ offset: 2, key: null, headers: {} });
      expect(Math.abs((range.records[2]?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it("is bounded on both sides, and by a number of records", async () => {
      const of = await topic();
      await fill(of, "k", ["0", "1", "2", "3", "4"]);
      const [within, first, last] = [
        await read(of, { from: 1, until: 3 }),
        await read(of, { limit: 2 }),
        await read(of, { from: 3, until: 99, limit: 2 }),
      ];
      expect([values(within), within.next, within.complete]).toEqual([["1", "2"], 3, true]);
      expect([values(first), first.next, first.complete]).toEqual([["0", "1"], 2, false]);
      expect([values(last), last.next, last.complete]).toEqual([["3", "4"], 5, true]);
    });

    it("is empty where there is nothing, and says so at once", async () => {
      const of = await topic(2);
      await fill(of, "k", ["0"]);
      const [range] = await under().log.offsets(of);
      const end = range?.high ?? 0;
      for (const options of [{ from: end }, { from: end + 7 }, { from: 0, until: 0 }])
        expect(await read(of, options)).toEqual({ records: [], next: options.from, complete: true });
    });

    it("is read in pages, however large it is", async () => {
      const of = await topic();
      const all = Array.from({ length: 2_500 }, (_, index) => String(index));
      await fill(of, "k", all);
      const read$: string[] = [];
      for (let from = 0, complete = false; !complete;) {
        const page = await read(of, { from, limit: 999 });
        read$.push(...values(page));
        ({ next: from, complete } = page);
      }
      expect(read$).toEqual(all);
    });

    it("gives a part of what is too large for one answer", async () => {
      const of = await topic();
      const value = "x".repeat(900_000);
      await fill(
        of,
        "k",
        Array.from({ length: 30 }, () => value),
      );
      const page = await read(of);
      expect(page.complete).toBe(false);
      expect(page.records.length).toBeGreaterThan(10);
      expect(page.next).toBe(page.records.length);
    });

    it("needs a topic and a partition that exist", async () => {
      const of = await topic();
      await expect(read(uniqueName("nowhere"))).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
      await expect(read(of, { partition: 1 })).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
    });
  });
}
