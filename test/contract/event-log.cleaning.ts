import { describe, expect, it } from "vitest";
import type { Trial } from "./event-log.ts";

/** A broker looks at its logs from time to time. */
const EVENTUALLY = { timeout: 20_000, interval: 100 };

export function cleaningContract({ under, lacks, name: newName, fill }: Trial): void {
  const reason = lacks.cleaning;
  const cleaned = async (policy: { compacted?: boolean; retentionMs?: number }): Promise<string> => {
    const name = newName();
    await under().createCleaned?.({ name, partitions: 1, ...policy });
    return name;
  };
  describe.skipIf(reason !== undefined)(
    `what a log doesn't keep${reason === undefined ? "" : ` (left out: ${reason})`}`,
    () => {
      it("is what has expired: the oldest offset moves past it", { timeout: 30_000 }, async () => {
        const { log } = under();
        const topic = await cleaned({ retentionMs: 1 });
        await fill(topic, "a", ["1", "2"]);
        await fill(topic, "b", ["3"]);
        const range = async (): Promise<unknown> => (await log.offsets(topic))[0];
        await expect.poll(range, EVENTUALLY).toMatchObject({ low: 3, high: 3 });
        expect(await log.readKey({ topic, partition: 0, key: "a", from: 0, until: 3, limit: 9 })).toMatchObject({
          records: [],
        });
        const next = await log.append({ topic, key: "a", value: Buffer.from("4"), headers: {} });
        expect(next.offset).toBe(3);
      });

      it("is what later records of a key stand for, and then their tombstones", { timeout: 30_000 }, async () => {
        const { log } = under();
        const topic = await cleaned({ compacted: true });
        await fill(topic, "a", ["1", "2"]);
        await fill(topic, "b", ["3"]);
        await log.append({ topic, key: "b", value: null, headers: {} });
        await fill(topic, "a", ["5"]);
        await fill(topic, "c", ["6"]);
        const kept = async (): Promise<readonly string[]> => {
          // On Kafka what is written last isn't cleaned before something comes behind it.
          await fill(topic, "later", ["x"]);
          const { records } = await log.readRange({ topic, partition: 0, from: 0 });
          const ofOthers = records.filter(({ key }) => text(key) !== "later");
          return ofOthers.map(({ offset, key, value }) => `${offset} ${text(key)} ${text(value)}`);
        };
        await expect.poll(kept, EVENTUALLY).toEqual(["4 a 5", "5 c 6"]);
        const [range] = await log.offsets(topic);
        expect(range).toMatchObject({ low: 0 });
        // Where the log says from where on none was removed, that isn't before what was.
        expect(range?.gapless ?? Number.POSITIVE_INFINITY).toBeGreaterThan(4);
        const ofKey = await log.readKey({ topic, partition: 0, key: "a", from: 0, until: range?.high ?? 0, limit: 9 });
        expect(ofKey.records.map(({ offset }) => offset)).toEqual([4]);
        const delivered: number[] = [];
        const caughtUp = Promise.withResolvers<number>();
        const consumer = await log.consume(
          { group: `${topic}.readers`, topics: [topic] },
          {
            assigned: async (_of, { low }) => low,
            records: async ({ records, next }) => {
              delivered.push(...records.map(({ offset }) => offset));
              return next;
            },
            caughtUp: (_of, next) => next >= (range?.high ?? 0) && caughtUp.resolve(next),
            revoked: async () => {},
          },
        );
        await caughtUp.promise;
        await consumer.stop();
        expect(delivered.slice(0, 2)).toEqual([4, 5]);
      });
    },
  );
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? "-" : Buffer.from(bytes).toString();
}
