import type { PartitionStatus } from "../projector/partition-status.ts";
import type { Readiness } from "../server/readiness.ts";
import type { Engine } from "./engine.ts";
import type { Ports } from "./prepare.ts";
import { streamDetails } from "./streams/stream-report.ts";

/** How long an answer of a store counts, in ms: probes don't become a load. */
const FRESH_MS = 1_000;

/** Asks the stores, at most once a second, and the engine how it is. */
export function createReadiness(ports: Ports, engine: () => Engine | undefined): () => Promise<Readiness> {
  let asked = Number.NEGATIVE_INFINITY;
  let stores: Promise<Readiness["stores"]> = Promise.resolve({});
  return async () => {
    if (performance.now() - asked > FRESH_MS) {
      asked = performance.now();
      stores = pingAll(ports);
    }
    const running = engine();
    return {
      catalogLoaded: running !== undefined,
      stores: await stores,
      caughtUp:
        running !== undefined &&
        (running.projector?.caughtUp() ?? true) &&
        running.processor.caughtUp() &&
        running.dataflow.caughtUp(),
      details: running === undefined ? {} : await detailsOf(running),
    };
  };
}

async function pingAll({ log, registry, readModel }: Ports): Promise<Readiness["stores"]> {
  const [eventLog, schemaRegistry, documents] = await Promise.all([
    answers(log),
    answers(registry),
    answers(readModel),
  ]);
  return { eventLog, schemaRegistry, readModel: documents };
}

async function answers(store: { ping(): Promise<void> }): Promise<boolean> {
  try {
    await store.ping();
    return true;
  } catch {
    return false;
  }
}

async function detailsOf(engine: Engine): Promise<Readonly<Record<string, unknown>>> {
  const { catalog, projector, processor, dataflow, builds } = engine;
  const commands = await processor.details();
  const partitions = projector?.status() ?? [];
  const streams = dataflow.status();
  const restingStreams = dataflow.problems();
  return {
    skippedSubjects: catalog.current().skipped,
    catalogProblems: catalog.faults().map(({ code, topic, reason, since }) => ({ code, topic, reason, since })),
    refusedTopics: engine.refused().map(({ topic, error }) => ({ topic, code: error.code, reason: error.message })),
    refusedProjections: engine
      .refusedProjections()
      .map(({ projection, error }) => ({ projection, code: error.code, reason: error.message })),
    missingTopics: projector?.missing() ?? [],
    haltedPartitions: partitions.flatMap(({ halted, ...of }) =>
      halted === undefined ? [] : [{ ...placeOf(of), code: halted.code, reason: halted.message }],
    ),
    waitingForCatalog: partitions.flatMap(({ waitingForCatalog, ...of }) =>
      waitingForCatalog === undefined ? [] : [{ ...placeOf(of), ...waitingForCatalog }],
    ),
    ...(await buildDetails(builds, partitions)),
    parkedKeys: partitions.reduce((sum, { parkedKeys }) => sum + parkedKeys, 0),
    ...(commands === undefined ? {} : { commands }),
    ...(streams.length === 0 ? {} : { streams: streamDetails(streams) }),
    ...(restingStreams.length === 0 ? {} : { restingStreams }),
  };
}

/** What is built anew, and what keeps it; nothing where nothing is. */
async function buildDetails(
  builds: Engine["builds"],
  partitions: readonly PartitionStatus[],
): Promise<Readonly<Record<string, unknown>>> {
  const beside = partitions.flatMap(({ haltedBuilds = [], topic, partition }) =>
    haltedBuilds.map(({ build, error }) => ({ build, topic, partition, code: error.code, reason: error.message })),
  );
  const apart = builds
    .status()
    .flatMap(({ build, partitions: own }) =>
      own.flatMap(({ topic, partition, halted: error }) =>
        error === undefined ? [] : [{ build, topic, partition, code: error.code, reason: error.message }],
      ),
    );
  const halted = [...beside, ...apart];
  // A log that doesn't answer is told of elsewhere.
  const progress = await builds.progress().catch(() => []);
  return {
    ...(progress.length === 0 ? {} : { builds: progress }),
    ...(halted.length === 0 ? {} : { haltedBuilds: halted }),
  };
}

function placeOf({
  topic,
  partition,
  projection,
}: Pick<PartitionStatus, "topic" | "partition" | "projection">): Readonly<Record<string, unknown>> {
  return { topic, partition, ...(projection === undefined ? {} : { projection }) };
}
