import { expect, it, onTestFinished } from "vitest";
import type { EventLog, PartitionOwner } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { PATIENCE, placed, valuesOf } from "./event-log.owner-tools.ts";
import type { Trial } from "./event-log.ts";

export function takeoverContract({ under, topic }: Trial): void {
  function opened(): EventLog {
    const log = under().open();
    onTestFinished(() => log.close());
    return log;
  }

  it("is fenced by the next one, on whichever connection, for good", async () => {
    const [input, events] = [await topic(2), await topic()];
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 1 } };
    const [here, there] = [opened(), opened()];
    const first = await here.takeOver(of);
    await first.commit({ records: [placed(events, 0, "1")], next: 1 });
    const second = await there.takeOver(of);
    expect(second.next).toBe(1);
    const late = { records: [placed(events, 0, "late")], next: 2 };
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(first.commit(late)).rejects.toMatchObject({ code: "OWNER_FENCED", retriable: true });
    await expect(first.commit({ records: [], next: 2 })).rejects.toMatchObject({ code: "OWNER_FENCED" });
    await second.commit({ records: [placed(events, 0, "2")], next: 2 });
    await first.release();
    await second.commit({ records: [placed(events, 0, "3")], next: 3 });
    const third = await here.takeOver(of);
    expect(third.next).toBe(3);
    await expect(second.commit({ records: [], next: 4 })).rejects.toMatchObject({ code: "OWNER_FENCED" });
    await expect.poll(() => valuesOf(there, events), PATIENCE).toEqual(["1", "2", "3"]);
  });

  it("leaves its position to be read, without fencing anybody", async () => {
    const [input, events] = [await topic(3), await topic()];
    const name = uniqueName("owner");
    expect(await under().log.committed(name, input)).toEqual([undefined, undefined, undefined]);
    const owner = await opened().takeOver({ name, input: { topic: input, partition: 1 } });
    await owner.commit({ records: [placed(events, 0, "1")], next: 4 });
    await expect.poll(() => under().log.committed(name, input), PATIENCE).toEqual([undefined, 4, undefined]);
    expect(await under().log.committed(uniqueName("owner"), input)).toEqual([undefined, undefined, undefined]);
    await owner.commit({ records: [], next: 5 });
    await expect.poll(() => under().log.committed(name, input), PATIENCE).toEqual([undefined, 5, undefined]);
    await expect(under().log.committed(name, uniqueName("absent"))).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
  });

  it("is right about where the one before it ended, whatever that one was doing", async () => {
    const [input, events] = [await topic(), await topic(2)];
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
    const logs = [opened(), opened()];
    let owner = await opened().takeOver(of);
    let running = run(owner, 0);
    for (let round = 1; round <= 12; round += 1) {
      const [log = opened()] = logs.reverse();
      owner = await log.takeOver(of);
      const reached = owner.next ?? 0;
      // Kafka itself may stumble over an owner that it fences in the midst of a commit, and then says no more than that.
      expect(await running).toMatchObject({ code: expect.stringMatching(/^(OWNER_FENCED|EVENT_LOG_UNAVAILABLE)$/) });
      // What it says was committed is what there is, and is all that there is.
      const values = Array.from({ length: reached }, (_, index) => String(index));
      expect(await valuesOf(log, events, 0)).toEqual(values);
      expect(await valuesOf(log, events, 1)).toEqual(values);
      running = run(owner, reached);
      await expect.poll(() => valuesOf(log, events, 1), PATIENCE).not.toEqual(values);
    }
    await owner.release();
    await running;

    /** Commits one after the other until that fails. */
    async function run(by: PartitionOwner, from: number): Promise<unknown> {
      try {
        for (let next = from; ; next += 1)
          await by.commit({
            records: [placed(events, 0, String(next)), placed(events, 1, String(next))],
            next: next + 1,
          });
      } catch (error) {
        return error;
      }
    }
  });

  it("is independent of those of other names, and of other partitions", async () => {
    const [input, events] = [await topic(2), await topic()];
    const name = uniqueName("owner");
    const owners = await Promise.all([
      under().log.takeOver({ name, input: { topic: input, partition: 0 } }),
      under().log.takeOver({ name, input: { topic: input, partition: 1 } }),
      under().log.takeOver({ name: `${name}-other`, input: { topic: input, partition: 0 } }),
    ]);
    await Promise.all(
      owners.map((owner, index) => owner.commit({ records: [placed(events, 0, `${index}`)], next: index + 10 })),
    );
    await Promise.all(owners.map((owner) => owner.release()));
    const again = await Promise.all([
      under().log.takeOver({ name, input: { topic: input, partition: 0 } }),
      under().log.takeOver({ name, input: { topic: input, partition: 1 } }),
      under().log.takeOver({ name: `${name}-other`, input: { topic: input, partition: 0 } }),
    ]);
    expect(again.map(({ next }) => next)).toEqual([10, 11, 12]);
    await Promise.all(again.map((owner) => owner.release()));
    await expect.poll(async () => (await valuesOf(under().log, events)).toSorted(), PATIENCE).toEqual(["0", "1", "2"]);
  });

  it("fences nobody when it is given up, and commits nothing after", async () => {
    const [input, events] = [await topic(), await topic()];
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
    const first = await under().log.takeOver(of);
    const second = await under().log.takeOver(of);
    await Promise.all([first.release(), first.release()]);
    await expect(first.commit({ records: [], next: 1 })).rejects.toMatchObject({ retriable: true });
    expect(await second.commit({ records: [placed(events, 0, "2")], next: 2 })).toBe("committed");
    await second.release();
  });

  it("ends with its log", async () => {
    const [input, events] = [await topic(), await topic()];
    const of = { name: uniqueName("owner"), input: { topic: input, partition: 0 } };
    const log = under().open();
    const owner = await log.takeOver(of);
    const last = owner.commit({ records: [placed(events, 0, "last")], next: 1 });
    await Promise.allSettled([last, log.close()]);
    await expect(owner.commit({ records: [], next: 2 })).rejects.toMatchObject({ retriable: true });
    await expect(log.takeOver(of)).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const next = await under().log.takeOver(of);
    expect(await valuesOf(under().log, events)).toEqual(next.next === 1 ? ["last"] : []);
    await next.release();
  });

  it("needs a topic and a partition that exist", async () => {
    const input = await topic();
    const name = uniqueName("owner");
    const refused = [
      { topic: uniqueName("nowhere"), partition: 0 },
      { topic: input, partition: 1 },
    ];
    for (const partition of refused)
      await expect(under().log.takeOver({ name, input: partition })).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
  });
}
