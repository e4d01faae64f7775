import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { ConsumeOptions, ConsumerHandler, EventLog } from "../../../src/event-log/event-log.ts";
import type { EventFeed, EventRequest } from "../../../src/feed/event-feed.ts";
import { createEventFeed, type EventFeedOptions } from "../../../src/feed/events/create-event-feed.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { TestCodec } from "./test-codec.ts";

/** A log in a file, with the topic `t`; it is gone when the test ends. */
export async function embeddedLog(partitions = 3): Promise<{ readonly log: EventLog; readonly file: string }> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "log.sqlite");
  const log = openEmbeddedEventLog({ file, logger: silentLogger });
  onTestFinished(async () => {
    await log.close();
    await folder.remove();
  });
  await log.createTopics([{ name: "t", partitions }]);
  return { log, file };
}

/** A feed that is closed when the test ends. */
export function feedOf(log: EventLog, options: Partial<EventFeedOptions> = {}): EventFeed {
  const feed = createEventFeed({ log, codec: new TestCodec(), logger: silentLogger, ...options });
  onTestFinished(() => feed.close());
  return feed;
}

/** A consumer of a log. */
export interface OpenedConsumer {
  readonly options: ConsumeOptions;
  readonly handler: ConsumerHandler;
  stopped: boolean;
}

/** The consumers of a log from now on, in order. */
export function watchConsumers(log: EventLog): readonly OpenedConsumer[] {
  const opened: OpenedConsumer[] = [];
  const consume = log.consume.bind(log);
  vi.spyOn(log, "consume").mockImplementation(async (options, handler) => {
    const one = { options, handler, stopped: false };
    opened.push(one);
    const consumer = await consume(options, handler);
    return {
      stop: async () => {
        await consumer.stop();
        one.stopped = true;
      },
    };
  });
  return opened;
}

/** A request for everything on the topic `t`, unless told. */
export function request(options: Partial<EventRequest> = {}): EventRequest {
  return {
    topic: "t",
    eventTypes: new Set(["Added", "Removed"]),
    tombstones: true,
    ids: undefined,
    after: undefined,
    ...options,
  };
}
