import { createCodec } from "../catalog/codec/create-codec.ts";
import { type LiveCatalog, createLiveCatalog } from "../catalog/live-catalog.ts";
import type { EventCodec } from "../catalog/codec.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Appender } from "../command/appender.ts";
import { createAppender } from "../command/open-appender.ts";
import type { ProjectionWaiter } from "../command/projection-waiter.ts";
import { createWaiter } from "../command/read-model-waiter.ts";
import type { Config } from "../config.ts";
import { DEAD_LETTERS, deadLetterId } from "../projector/dead-letters.ts";
import { AGGREGATES, type TopicProjection, topicProjections } from "../projector/projection.ts";
import { type Supervisor, superviseProjector } from "../projector/supervisor.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Ports, type Prepared, ensureCollections, gatherConfigured } from "./prepare.ts";
import { type RefusedTopic, refuseTopics } from "./prepare-topics.ts";

/** What a process works with once everything is prepared. */
export interface Engine {
  readonly catalog: LiveCatalog;
  readonly codec: EventCodec;
  readonly appender: Appender;
  readonly waiter: ProjectionWaiter;
  /** Undefined where this process has not the projector's role. */
  readonly projector: Supervisor | undefined;
  readonly refused: readonly RefusedTopic[];
  stop(): Promise<void>;
}

/** Starts what the process's roles ask for. */
export function startEngine(ports: Ports, prepared: Prepared, config: Config, logger: Logger): Engine {
  const { log, registry, readModel } = ports;
  const catalog = createLiveCatalog(
    prepared.catalog,
    async () => await gatherConfigured(registry, config),
    async (next) => await acceptCatalog(ports, next, prepared.refused),
  );
  const codec = createCodec(registry, () => catalog.current());
  const appender = createAppender({ log, codec, source: `/eventql/${config.kafka.clientId}` });
  const deadLetters = { collection: DEAD_LETTERS, idOf: deadLetterId.bind(undefined, AGGREGATES) };
  const waiter = createWaiter({ readModel, projection: AGGREGATES, deadLetters, maxWaiters: config.limits.waiters });
  const projector = config.roles.includes("projector")
    ? superviseProjector(
        {
          log,
          readModel,
          codec,
          logger,
          group: `${config.kafka.groupPrefix}-projector`,
          projections: projectionsOf(catalog),
          refreshCatalog: async () => await catalog.refresh(),
        },
        projectedTopics(prepared),
      )
    : undefined;
  const stop = async (): Promise<void> => {
    await projector?.stop();
    await waiter.close();
  };
  return { catalog, codec, appender, waiter, projector, refused: prepared.refused, stop };
}

/** A newer catalog is taken over only where the stored documents of what is projected don't contradict it. */
async function acceptCatalog({ log, readModel }: Ports, next: Catalog, known: readonly RefusedTopic[]): Promise<void> {
  await ensureCollections(readModel, next);
  const isKnown = new Set(known.map(({ topic }) => topic));
  const newly = (await refuseTopics(log, readModel, next)).find(({ topic }) => !isKnown.has(topic));
  if (newly !== undefined) throw newly.error;
}

/** Computed once per catalog. */
function projectionsOf(catalog: LiveCatalog): () => ReadonlyMap<string, TopicProjection> {
  let of: Catalog | undefined;
  let projections: ReadonlyMap<string, TopicProjection> = new Map();
  return () => {
    const current = catalog.current();
    if (current !== of) projections = topicProjections(current);
    of = current;
    return projections;
  };
}

function projectedTopics({ catalog, refused }: Prepared): readonly string[] {
  const left = new Set(refused.map(({ topic }) => topic));
  return [...topicProjections(catalog).keys()].filter((topic) => !left.has(topic));
}
