import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { describeReal } from "../../support/real-stack.ts";
import { newTopic, openLog, removeTopics } from "./kafka-tools.ts";

describeReal("administrative requests", () => {
  afterAll(removeTopics);

  test("several may be asked at the same time, of different topics", async () => {
    const log = openLog();
    const topics = await Promise.all([1, 2, 3, 4].map(async (partitions) => await newTopic(log, partitions)));
    // Each begins at another moment of the requests before it, on connections that know no topic yet.
    for (let round = 0; round < 30; round++) {
      const fresh = openLog();
      const counts = topics.map(async (topic, index) => {
        for (let turn = 0; turn < round * index; turn++) await nextTurn();
        const [ranges] = await Promise.all([fresh.offsets(topic), fresh.ping()]);
        return ranges.length;
      });
      expect(await Promise.all(counts)).toEqual([1, 2, 3, 4]);
      await fresh.close();
    }
  });
});
