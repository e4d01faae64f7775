import type { Readiness } from "../server/readiness.ts";
import type { Engine } from "./engine.ts";
import type { Ports } from "./prepare.ts";

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
      caughtUp: running !== undefined && (running.projector?.caughtUp() ?? true) && running.processor.caughtUp(),
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
  const { catalog, projector, processor } = engine;
  const commands = await processor.details();
  const partitions = projector?.status() ?? [];
  return {
    skippedSubjects: catalog.current().skipped,
    catalogProblems: catalog.faults().map(({ code, topic, reason, since }) => ({ code, topic, reason, since })),
    refusedTopics: engine.refused().map(({ topic, error }) => ({ topic, code: error.code, reason: error.message })),
    missingTopics: projector?.missing() ?? [],
    haltedPartitions: partitions.flatMap(({ topic, partition, halted }) =>
      halted === undefined ? [] : [{ topic, partition, code: halted.code, reason: halted.message }],
    ),
    waitingForCatalog: partitions.flatMap(({ topic, partition, waitingForCatalog }) =>
      waitingForCatalog === undefined ? [] : [{ topic, partition, ...waitingForCatalog }],
    ),
    parkedKeys: partitions.reduce((sum, { parkedKeys }) => sum + parkedKeys, 0),
    ...(commands === undefined ? {} : { commands }),
  };
}
