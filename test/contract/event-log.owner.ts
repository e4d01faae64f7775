import { describe, expect, it, onTestFinished } from "vitest";
import type { PartitionOwner, PlacedRecord } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { RecordingHandler } from "./event-log.handler.ts";
import { ownerModelContract } from "./event-log.owner-model.ts";
import { PATIENCE, placed, recordsOf, valuesOf } from "./event-log.owner-tools.ts";
import { takeoverContract } from "./event-log.takeover.ts";
import type { Trial } from "./event-log.ts";

export function ownerContract(trial: Trial): void {
  const lacking = trial.lacks.owners === undefined ? "" : ` (left out: ${trial.lacks.owners})`;
  describe.skipIf(trial.lacks.owners !== undefined)(`an owner of a partition${lacking}`, () => {
    commits(trial);
    takeoverContract(trial);
    ownerModelContract(trial);
  });
}

function commits({ under, topic }: Trial): void {
  async function own(input: string, partition = 0, name = uniqueName("owner")): Promise<PartitionOwner> {
    const owner = await under().log.takeOver({ name, input: { topic: input, partition } });
    onTestFinished(() => owner.release());
    return owner;
  }

  it("appends to many partitions of several topics at once, and keeps what records have", async () => {
    const [input, events, outcomes] = [await topic(), await topic(3), await topic(2)];
    const owner = await own(input);
    expect(owner.next).toBeUndefined();
    const headers = { ce_id: "1", empty: "", text: "ü" };
    const records: PlacedRecord[] = [
      { topic: events, partition: 2, key: "ключ", value: Buffer.from([0, 255]), headers },
      { topic: outcomes, partition: 1, key: null, value: Buffer.from("o"), headers: {} },
      { topic: events, partition: 0, key: "b", value: null, headers: {} },
      { topic: events, partition: 2, key: "c", value: Buffer.alloc(0), headers: {} },
    ];
    expect(await owner.commit({ records, next: 1 })).toBe("committed");
    await expect.poll(() => valuesOf(under().log, events, 0), PATIENCE).toEqual(["-"]);
    await expect.poll(() => recordsOf(under().log, events, 2), PATIENCE).toHaveLength(2);
    const [first, second] = await recordsOf(under().log, events, 2);
    expect(first).toMatchObject({ offset: 0, headers });
    expect(Buffer.from(first?.key ?? []).toString()).toBe("ключ");
    expect([...(first?.value ?? [])]).toEqual([0, 255]);
    expect(second).toMatchObject({ offset: 1, headers: {} });
    expect(second?.value).toHaveLength(0);
    await expect.poll(() => recordsOf(under().log, outcomes, 1), PATIENCE).toMatchObject([{ key: null, headers: {} }]);
  });

  it("wakes consumers by its commits, which see all of one or nothing", async () => {
    const [input, events] = [await topic(), await topic()];
    const owner = await own(input);
    const handler = new RecordingHandler();
    const consumer = await under().log.consume(
      { group: uniqueName("group"), ephemeral: true, topics: [events] },
      handler,
    );
    onTestFinished(() => consumer.stop());
    for (let round = 0; round < 20; round += 1) {
      const records = Array.from({ length: 7 }, (_, index) => placed(events, 0, `${round}:${index}`));
      await owner.commit({ records, next: round + 1 });
    }
    await expect.poll(() => handler.received.length, PATIENCE).toBe(140);
    // A whole transaction becomes readable at once: no batch of the log ends within one.
    for (const { records } of handler.batches) expect(records.length % 7).toBe(0);
    expect(handler.values()).toEqual(Array.from({ length: 140 }, (_, at) => `${Math.floor(at / 7)}:${at % 7}`));
  });

  it("takes large commits, in order", async () => {
    const [input, events] = [await topic(), await topic(2)];
    const owner = await own(input);
    const values = Array.from({ length: 2_000 }, (_, index) => `${index}:${"x".repeat(1_000)}`);
    const records = values.flatMap((value) => [placed(events, 0, value), placed(events, 1, value)]);
    expect(await owner.commit({ records, next: 7 })).toBe("committed");
    for (const partition of [0, 1])
      await expect.poll(() => valuesOf(under().log, events, partition), PATIENCE).toEqual(values);
  });

  it("may commit its position alone", async () => {
    const input = await topic();
    const name = uniqueName("owner");
    const owner = await own(input, 0, name);
    for (const next of [3, 9]) expect(await owner.commit({ records: [], next })).toBe("committed");
    expect((await own(input, 0, name)).next).toBe(9);
  });

  it("writes nothing where a record would land elsewhere than it must, and goes on", async () => {
    const [input, events] = [await topic(), await topic(2)];
    const name = uniqueName("owner");
    const owner = await own(input, 0, name);
    await owner.commit({ records: [placed(events, 0, "a", 0), placed(events, 0, "b", 1)], next: 1 });
    await expect.poll(() => valuesOf(under().log, events), PATIENCE).toEqual(["a", "b"]);
    const records = [placed(events, 1, "x"), placed(events, 0, "y"), placed(events, 0, "z", 1)];
    expect(await owner.commit({ records, next: 2 })).toBe("moved");
    const [end] = await under().log.offsets(events);
    expect(await owner.commit({ records: [placed(events, 0, "c", end?.high ?? -1)], next: 3 })).toBe("committed");
    await expect.poll(() => valuesOf(under().log, events), PATIENCE).toEqual(["a", "b", "c"]);
    expect(await valuesOf(under().log, events, 1)).toEqual([]);
    expect((await own(input, 0, name)).next).toBe(3);
  });

  it("never has records delivered of what it did not commit", async () => {
    const [input, events] = [await topic(), await topic()];
    const owner = await own(input);
    const handler = new RecordingHandler();
    const consumer = await under().log.consume(
      { group: uniqueName("group"), ephemeral: true, topics: [events] },
      handler,
    );
    onTestFinished(() => consumer.stop());
    for (const round of [0, 1, 2]) {
      expect(await owner.commit({ records: [placed(events, 0, "no", 9_999)], next: 1 })).toBe("moved");
      expect(await owner.commit({ records: [placed(events, 0, `yes ${round}`)], next: 1 })).toBe("committed");
    }
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["yes 0", "yes 1", "yes 2"]);
    expect(await valuesOf(under().log, events)).toEqual(["yes 0", "yes 1", "yes 2"]);
  });

  it("refuses what is too large, whole, and goes on", async () => {
    const [input, events] = [await topic(), await topic()];
    const owner = await own(input);
    const large = { ...placed(events, 0, "large"), value: Buffer.alloc(1_100_000) };
    await expect(owner.commit({ records: [placed(events, 0, "small"), large], next: 1 })).rejects.toMatchObject({
      code: "EVENT_TOO_LARGE",
    });
    const nearly = { ...placed(events, 0, "large"), value: Buffer.alloc(1_000_000) };
    expect(await owner.commit({ records: [nearly, nearly, placed(events, 0, "small")], next: 1 })).toBe("committed");
    await expect.poll(() => recordsOf(under().log, events), PATIENCE).toHaveLength(3);
  });
}
