import type { CatalogOptions } from "../catalog/build.ts";
import { createCodec } from "../catalog/codec/create-codec.ts";
import { gatherSubjects } from "../catalog/gather.ts";
import { type LiveCatalog, createLiveCatalog } from "../catalog/live-catalog.ts";
import { firstState } from "../catalog/reload.ts";
import type { CommandCodec } from "../catalog/codec.ts";
import { createAppender } from "../command/open-appender.ts";
import type { Commands } from "../command/commands.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createEventFeed } from "../feed/events/create-event-feed.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";
import { type Logger, silentLogger } from "../telemetry/logger.ts";
import type { EventStore } from "./event-store.ts";
import { LogEventStore } from "./log-event-store.ts";
import { refreshingCodec } from "./refreshing-codec.ts";

/** What an event store is made of. */
export interface EventStoreOptions {
  /** Any back-end that implements the port. Whoever opened it closes it. */
  readonly log: EventLog;
  readonly registry: SchemaRegistry;
  /** Hints for schemas that can't have them, and which topics there are. Default: all that have schemas. */
  readonly catalog?: CatalogOptions;
  /** Who writes, as the CloudEvents attribute `source` has it: a URI reference. Default `/eventql/store`. */
  readonly source?: string;
  /** What the names of its consumer groups begin with. Default `eventql-store`. */
  readonly group?: string;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
}

/** What the commands of a store are made with. */
export interface StoreParts {
  readonly catalog: LiveCatalog;
  readonly codec: CommandCodec;
  readonly source: string;
}

/** What only whoever opens the back-ends too can say. */
export interface OwnedOptions {
  /** Called when the store is closed. */
  readonly onClose?: () => Promise<void>;
  /** Makes the way to the processors. Absent: owned topics can be read only. */
  readonly commands?: (parts: StoreParts) => Commands;
}

/**
 * Makes an event store on a back-end: it reads the registry first.
 * @throws EventQLError `CATALOG_INVALID` naming every wrong hint, `REGISTRY_UNAVAILABLE`.
 */
export async function createEventStore(options: EventStoreOptions & OwnedOptions): Promise<EventStore> {
  const { log, registry, source = "/eventql/store", group = "eventql-store", logger = silentLogger } = options;
  const catalog = await readCatalog(registry, options.catalog ?? {});
  const codec = createCodec(registry, () => catalog.current());
  const reading = refreshingCodec(codec, catalog);
  const commands = options.commands?.({ catalog, codec, source });
  return new LogEventStore({
    log,
    catalog,
    codec: reading,
    ways: { appender: createAppender({ log, codec, source }), commands },
    feed: createEventFeed({ log, codec: reading, logger, group }),
    logger,
    onClose: options.onClose,
  });
}

/** A catalog that is read anew when somebody asks for what it doesn't have. */
async function readCatalog(registry: SchemaRegistry, options: CatalogOptions): Promise<LiveCatalog> {
  const revision = await registry.revision();
  const state = firstState(await gatherSubjects(registry), options);
  const source = {
    options,
    revision: async () => await registry.revision(),
    gather: async () => await gatherSubjects(registry),
    accept: () => Promise.resolve([]),
    changed: () => {},
    isUnsettled: () => false,
  };
  return createLiveCatalog({ state, revision }, source);
}
