import fc from "fast-check";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import { createEventFeed } from "../../../src/feed/events/create-event-feed.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { FeedModel, steps } from "./feed-model.ts";
import { TestCodec } from "./test-codec.ts";

const limits = fc.record({
  lingerMs: fc.constantFrom(0, 20),
  graceMs: fc.constantFrom(1, 50),
  stallMs: fc.constantFrom(20, 150),
  maxHeldBack: fc.constantFrom(0, 3, 1_000),
});

test(
  "whatever happens, each subscriber gets exactly its events, in the order of their partitions (embedded)",
  { timeout: 120_000 },
  async () => {
    const folder = await temporaryFolder();
    const log = openEmbeddedEventLog({ file: join(folder.path, "log.sqlite"), logger: silentLogger });
    let runs = 0;
    try {
      await fc.assert(
        fc.asyncProperty(steps, limits, async (all, drawn) => {
          const topic = `topic-${(runs += 1)}`;
          await log.createTopics([{ name: topic, partitions: 3 }]);
          const feed = createEventFeed({ log, codec: new TestCodec(), logger: silentLogger, ...drawn });
          try {
            expect(await new FeedModel(log, feed, topic).run(all)).toEqual([]);
          } finally {
            await feed.close();
          }
        }),
        { numRuns: 60, endOnFailure: true },
      );
    } finally {
      await log.close();
      await folder.remove();
    }
  },
);
