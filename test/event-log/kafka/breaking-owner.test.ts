import { afterAll, expect, it } from "vitest";
import { isEventQLError } from "../../../src/errors.ts";
import type { EventLog, PartitionOwner, TakeOverOptions } from "../../../src/event-log/event-log.ts";
import { placed, valuesOf } from "../../contract/event-log.owner-tools.ts";
import { describeReal, uniqueName } from "../../support/real-stack.ts";
import { newTopic, openLog, removeTopics, startBrokerProxy, withAdmin } from "./kafka-tools.ts";

const BREAKS = 25;
const PATIENCE = { timeout: 30_000, interval: 10 };

/** The requests of a transaction by their API keys: Produce, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit. */
const REQUESTS = [0, 26, 24, 28, 26, 25];

/** Whether bytes on their way to a broker begin with a request: its length (4 bytes), then its API key (2). */
function isRequest(bytes: Buffer, apiKey: number | undefined): boolean {
  return bytes.length >= 6 && bytes.readInt16BE(4) === apiKey;
}

describeReal("owners of partitions on Kafka, when something breaks", () => {
  afterAll(removeTopics);

  /** Takes over until that succeeds. */
  async function takeOver(log: EventLog, of: TakeOverOptions): Promise<PartitionOwner> {
    let owner: PartitionOwner | undefined;
    const attempt = async (): Promise<boolean> => {
      owner = await log.takeOver(of).catch(() => undefined);
      return owner !== undefined;
    };
    await expect.poll(attempt, PATIENCE).toBe(true);
    return owner ?? (await log.takeOver(of));
  }

  it(
    "have written exactly what their successor says, when connections break between a write and its answer",
    { timeout: 120_000 },
    async () => {
      const { proxy, socketFactory } = await startBrokerProxy();
      const direct = openLog();
      const [input, events] = [await newTopic(direct), await newTopic(direct, 2)];
      const log = openLog({ socketFactory });
      const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
      let reached = 0;
      let owners = 0;
      let commits = 0;
      const values = (): string[] => Array.from({ length: reached }, (_, index) => String(index));
      const commit = async (owner: PartitionOwner): Promise<void> => {
        for (let next = reached; proxy.broken < BREAKS; next += 1) {
          const records = [0, 1].map((partition) => placed(events, partition, String(next)));
          await owner.commit({ records, next: next + 1 });
          commits += 1;
        }
      };
      const breaking = (async (): Promise<void> => {
        for (let round = 0; round < BREAKS; round += 1) {
          const before = commits;
          await expect.poll(() => commits, PATIENCE).toBeGreaterThan(before + (round % 3));
          await proxy.breakBeforeAnswer((bytes) => isRequest(bytes, REQUESTS[round % REQUESTS.length]));
        }
      })();
      while (proxy.broken < BREAKS) {
        const owner = await takeOver(log, of);
        owners += 1;
        reached = owner.next ?? 0;
        for (const partition of [0, 1]) expect(await valuesOf(direct, events, partition)).toEqual(values());
        const failure: unknown = await commit(owner).catch((error: unknown) => error);
        expect(failure === undefined || (isEventQLError(failure) && failure.retriable)).toBe(true);
      }
      await breaking;
      const last = await takeOver(direct, of);
      reached = last.next ?? 0;
      for (const partition of [0, 1]) expect(await valuesOf(direct, events, partition)).toEqual(values());
      expect(reached).toBeGreaterThan(BREAKS);
      expect(owners).toBeGreaterThan(3);
    },
  );

  it("are at their end when the broker is away, and their successor goes on", { timeout: 60_000 }, async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    const direct = openLog();
    const [input, events] = [await newTopic(direct), await newTopic(direct)];
    const log = openLog({ socketFactory, requestTimeoutMs: 1_000 });
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
    const owner = await log.takeOver(of);
    await owner.commit({ records: [placed(events, 0, "1")], next: 1 });
    proxy.refuse(true);
    const away = { code: "EVENT_LOG_UNAVAILABLE", retriable: true };
    await expect(owner.commit({ records: [placed(events, 0, "2")], next: 2 })).rejects.toMatchObject(away);
    await expect(log.takeOver(of)).rejects.toMatchObject(away);
    proxy.refuse(false);
    await expect(owner.commit({ records: [placed(events, 0, "2")], next: 2 })).rejects.toMatchObject(away);
    const next = await takeOver(log, of);
    expect(next.next).toBe(1);
    await next.commit({ records: [placed(events, 0, "2 again")], next: 2 });
    await expect.poll(() => valuesOf(direct, events), PATIENCE).toEqual(["1", "2 again"]);
  });

  it("part their records by what a topic takes, and learn where that has changed", async () => {
    const log = openLog();
    const [input, events] = [await newTopic(log), await newTopic(log)];
    const limit = async (bytes: number): Promise<void> =>
      await withAdmin(async (admin) => {
        const configEntries = [{ name: "max.message.bytes", value: String(bytes) }];
        await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: events, configEntries }] });
      });
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
    const values = Array.from({ length: 20 }, (_, index) => `${index}:${"x".repeat(400)}`);
    const records = values.map((value) => placed(events, 0, value));
    const owner = await log.takeOver(of);
    await owner.commit({ records: [placed(events, 0, "first")], next: 1 });
    await limit(2_000);
    await expect(owner.commit({ records, next: 2 })).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const next = await log.takeOver(of);
    expect(next.next).toBe(1);
    expect(await next.commit({ records, next: 2 })).toBe("committed");
    await expect.poll(() => valuesOf(log, events), PATIENCE).toEqual(["first", ...values]);
    const large = { ...placed(events, 0, "large"), value: Buffer.alloc(2_000) };
    await expect(next.commit({ records: [large], next: 3 })).rejects.toMatchObject({ code: "EVENT_TOO_LARGE" });
    expect(await next.commit({ records: [], next: 3 })).toBe("committed");
  });
});
