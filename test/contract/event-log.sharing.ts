import { describe, expect, it, onTestFinished } from "vitest";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { partitionId } from "../../src/model/position.ts";
import { uniqueName } from "../support/real-stack.ts";
import { RecordingHandler } from "./event-log.handler.ts";
import type { Trial } from "./event-log.ts";

const PATIENCE = { timeout: 25_000, interval: 20 };

export function sharingContract({ lacks, under, topic, fill }: Trial): void {
  /** A handler whose position is shared with others, as a checkpoint is. */
  function checkpointed(checkpoint: Map<string, number>): RecordingHandler {
    const handler = new RecordingHandler();
    handler.from = (of, { low }) => checkpoint.get(partitionId(of)) ?? low;
    handler.apply = (batch) => {
      checkpoint.set(partitionId(batch), batch.next);
      return batch.next;
    };
    return handler;
  }

  function opened(): EventLog {
    const log = under().open();
    onTestFinished(() => log.close());
    return log;
  }

  const title = "shares the partitions of a group among its consumers, each record delivered to one of them";
  const reason = lacks.groups ?? lacks.sharingPartitions;
  describe.skipIf(reason !== undefined)(`a group${leftOut(reason)}`, () => {
    it(title, async () => {
      const name = await topic(4);
      const keys = texts(40);
      const group = uniqueName("group");
      const checkpoint = new Map<string, number>();
      const [first, second] = [checkpointed(checkpoint), checkpointed(checkpoint)];
      await opened().consume({ group, topics: [name] }, first);
      await Promise.all(keys.map((key) => fill(name, key, ["1"])));
      await expect.poll(() => first.received.length, PATIENCE).toBe(40);
      await opened().consume({ group, topics: [name] }, second);
      await expect.poll(() => second.assignments.length, PATIENCE).toBe(2);
      await expect.poll(() => first.revocations.length, PATIENCE).toBeGreaterThanOrEqual(4);
      await Promise.all(keys.map((key) => fill(name, key, ["2"])));
      await expect.poll(() => first.received.length + second.received.length, PATIENCE).toBe(80);
      const delivered = [...first.received, ...second.received].map((one) => `${one.partition}/${one.offset}`);
      expect(new Set(delivered).size).toBe(80);
      expect(second.received.length).toBeGreaterThan(0);
    });
  });

  const handsOver = "hands a group's partitions to the next consumer when one stops";
  it.skipIf(lacks.groups !== undefined)(handsOver + leftOut(lacks.groups), async () => {
    const name = await topic(2);
    const group = uniqueName("group");
    const checkpoint = new Map<string, number>();
    const [first, second] = [checkpointed(checkpoint), checkpointed(checkpoint)];
    const consumer = await under().log.consume({ group, topics: [name] }, first);
    await fill(name, "k", ["1"]);
    await expect.poll(() => first.values(), PATIENCE).toEqual(["1"]);
    const next = await under().log.consume({ group, topics: [name] }, second);
    onTestFinished(() => next.stop());
    await consumer.stop();
    await fill(name, "k", ["2"]);
    await expect.poll(() => [...first.values(), ...second.values()], PATIENCE).toEqual(["1", "2"]);
    expect(second.values()).toContain("2");
  });
}

function leftOut(reason: string | undefined): string {
  return reason === undefined ? "" : ` (left out: ${reason})`;
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `k${index}`);
}
