import { afterAll, expect, it, onTestFinished, vi } from "vitest";
import { Assignments } from "../../../src/event-log/kafka/assignments.ts";
import { Caretaker } from "../../../src/event-log/kafka/caretaker.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { RecordingHandler } from "../../contract/event-log.handler.ts";
import { describeReal, uniqueName } from "../../support/real-stack.ts";
import { foreignKafka, newTopic, openLog, removeTopics, withAdmin } from "./kafka-tools.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };

describeReal("the group of an ephemeral Kafka consumer", () => {
  afterAll(removeTopics);

  /** The groups that there are, of those whose name begins so. */
  async function groupsOf(prefix: string): Promise<string[]> {
    const { groups } = await withAdmin((admin) => admin.listGroups());
    return groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
  }

  it("is there while the consumer is, one each, and gone after", async () => {
    const log = openLog();
    const topic = await newTopic(log, 2);
    const group = uniqueName("ephemeral");
    const handler = new RecordingHandler();
    const consumers = await Promise.all(
      [handler, new RecordingHandler()].map((each) => log.consume({ group, topics: [topic], ephemeral: true }, each)),
    );
    await log.append({ topic, key: "k", value: Buffer.from("1"), headers: {} });
    await expect.poll(() => handler.values(), PATIENCE).toEqual(["1"]);
    expect(await groupsOf(group)).toHaveLength(2);
    await consumers[0]?.stop();
    expect(await groupsOf(group)).toHaveLength(1);
    await log.close();
    expect(await groupsOf(group)).toEqual([]);
  });

  it("stays as it is where the consumer is not ephemeral", async () => {
    const log = openLog();
    const topic = await newTopic(log);
    const group = uniqueName("lasting");
    const consumer = await log.consume({ group, topics: [topic] }, new RecordingHandler());
    await consumer.stop();
    expect(await groupsOf(group)).toEqual([group]);
  });

  it.each([
    { commits: false, calls: 0 },
    { commits: true, calls: 1 },
  ])("has offsets committed only where that is asked for: $commits", async ({ commits, calls }) => {
    const fetching = {
      range: async () => ({ low: 0, high: 0 }),
      fetchFrom: () => {},
      pause: () => {},
      resume: () => {},
    };
    const assignments = new Assignments({
      handler: new RecordingHandler(),
      fetching,
      maxBatchBytes: 1,
      logger: silentLogger,
    });
    onTestFinished(() => assignments.finish());
    const client = foreignKafka().consumer({ groupId: "unused" });
    const commitOffsets = vi.spyOn(client, "commitOffsets").mockResolvedValue();
    const caretaker = new Caretaker({ assignments, offsets: async () => [], commits, logger: silentLogger });
    assignments.assign({ topic: "t", partition: 0 });
    await expect.poll(() => assignments.applied(), PATIENCE).toHaveLength(1);
    await caretaker.commit(client);
    expect(commitOffsets).toHaveBeenCalledTimes(calls);
  });
});
