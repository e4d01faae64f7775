import { afterEach, describe, expect, it } from "vitest";
import type { Consumer, EventLog } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { RecordingHandler } from "./event-log.handler.ts";
import type { Trial } from "./event-log.ts";

/** How long a test waits for delivery, in ms. */
const PATIENCE = { timeout: 20_000, interval: 20 };

/** What a consumer promises that reads everything, for itself. */
export function ephemeralContract({ under, topic, fill }: Trial): void {
  const consumers: Consumer[] = [];

  async function follow(name: string, group: string, handler: RecordingHandler, log?: EventLog): Promise<Consumer> {
    const consumer = await (log ?? under().log).consume({ group, topics: [name], ephemeral: true }, handler);
    consumers.push(consumer);
    return consumer;
  }

  describe("an ephemeral consumer", () => {
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    });

    it("gets every record of every partition, whoever else reads under the same group", async () => {
      const name = await topic(3);
      const group = uniqueName("group");
      const other = under().open();
      const [first, second, elsewhere] = [new RecordingHandler(), new RecordingHandler(), new RecordingHandler()];
      await Promise.all([
        follow(name, group, first),
        follow(name, group, second),
        follow(name, group, elsewhere, other),
      ]);
      const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
      await Promise.all(keys.map((key) => fill(name, key, [key])));
      for (const handler of [first, second, elsewhere]) {
        await expect.poll(() => handler.received.length, PATIENCE).toBe(30);
        expect(handler.values().toSorted()).toEqual(keys.toSorted());
        expect(new Set(handler.assignments.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
        expect(handler.revocations).toEqual([]);
      }
      await other.close();
    });

    it("begins where the handler says, each time anew", async () => {
      const name = await topic();
      const group = uniqueName("group");
      await fill(name, "k", ["a", "b", "c"]);
      const first = new RecordingHandler();
      const consumer = await follow(name, group, first);
      await expect.poll(() => first.values(), PATIENCE).toEqual(["a", "b", "c"]);
      await consumer.stop();
      const second = new RecordingHandler();
      second.from = () => 1;
      await follow(name, group, second);
      await expect.poll(() => second.values(), PATIENCE).toEqual(["b", "c"]);
      const third = new RecordingHandler();
      third.from = (_, { high }) => high;
      await follow(name, group, third);
      await expect.poll(() => third.caughtUpTo(name, 0), PATIENCE).toBe(3);
      await fill(name, "k", ["d"]);
      await expect.poll(() => third.values(), PATIENCE).toEqual(["d"]);
    });

    it("gets nothing any more once it has stopped, however often that is asked for", async () => {
      const name = await topic();
      const [stopped, going] = [new RecordingHandler(), new RecordingHandler()];
      const consumer = await follow(name, "same", stopped);
      await follow(name, "same", going);
      await Promise.all([consumer.stop(), consumer.stop()]);
      await fill(name, "k", ["later"]);
      await expect.poll(() => going.values(), PATIENCE).toEqual(["later"]);
      expect(stopped.received).toEqual([]);
    });
  });
}
