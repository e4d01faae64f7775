import type { EventCodec } from "../catalog/codec.ts";
import type { Config } from "../config.ts";
import type { ChangeFeed } from "../feed/change-feed.ts";
import { createChangeFeed } from "../feed/changes/create-change-feed.ts";
import type { EventFeed } from "../feed/event-feed.ts";
import { createEventFeed } from "../feed/events/create-event-feed.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Ports } from "./prepare.ts";

/** What subscriptions are fed by. */
export interface Feeds {
  readonly changes: ChangeFeed;
  readonly events: EventFeed;
  /** Ends all subscriptions with their cursors. */
  close(): Promise<void>;
}

/** Makes the feeds of a process; they cost nothing until somebody subscribes. */
export function createFeeds({ log, readModel }: Ports, codec: EventCodec, config: Config, logger: Logger): Feeds {
  const changes = createChangeFeed({ readModel, logger, maxSubscribers: config.limits.subscriptions });
  const events = createEventFeed({ log, codec, logger, group: `${config.kafka.groupPrefix}-feed` });
  return {
    changes,
    events,
    async close() {
      await Promise.all([changes.close(), events.close()]);
    },
  };
}
