import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { AGGREGATES } from "../../src/model/checkpoint.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { type ProjectorOptions, startProjector } from "../../src/projector/projector.ts";
import { deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { journalCollections } from "../../src/projector/journal.ts";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import type { BareOptions } from "./bare.ts";

/** Where the projector works. */
export interface OursOptions extends Omit<BareOptions, "maxBytes"> {
  readonly registryUrl: string;
  /** Whether each event is kept in a journal too. */
  readonly history: boolean;
}

/** EventQL's projector on the same topic. @returns ms from the first batch to the last commit */
export async function runOurs({
  brokers,
  registryUrl,
  mongoUrl,
  database,
  topic,
  workload,
  history,
}: OursOptions): Promise<number> {
  const logger = silentLogger;
  const registry = openConfluentRegistry({ url: registryUrl, logger });
  const catalog = await gatherCatalog(registry, { topics: [topic], hints: { "bench.Measured": { history } } });
  const codec = createCodec(registry, () => catalog);
  const readModel = openMongoReadModel({ url: mongoUrl, database, logger });
  const collections = catalog.aggregates.map(({ collection }) => ({ name: collection }));
  const kept = journalCollections(catalog.aggregates);
  await readModel.ensureCollections([...collections, ...kept, ...deadLetterCollections]);
  const kafka = createKafkaEventLog({ brokers: [brokers], clientId: database, logger });
  const watch = stopwatch(kafka, workload.events);
  const projections = topicProjections(catalog);
  const options = { log: watch.log, readModel, codec, logger, group: database, projections: () => projections };
  const live = { standingOf: () => "taken" as const, refresh: async () => {} };
  const projector = await startProjector({ ...options, catalog: live }, [topic]);
  const elapsed = await watch.elapsed;
  await projector.stop();
  const checkpoints = await readModel.checkpoints(AGGREGATES);
  const applied = checkpoints.reduce((sum, { next }) => sum + next, 0);
  if (applied !== workload.events) throw new RangeError(`applied ${applied} of ${workload.events} events`);
  await kafka.close();
  await readModel.close();
  await registry.close();
  return elapsed;
}

/** A log that tells how long its records took, from the first batch given to the last one taken. */
export function stopwatch(
  log: EventLog,
  events: number,
): { readonly log: ProjectorOptions["log"]; readonly elapsed: Promise<number> } {
  const finished = Promise.withResolvers<number>();
  let started: number | undefined;
  let applied = 0;
  const consume: EventLog["consume"] = async (options, handler) =>
    await log.consume(options, {
      assigned: async (of, range) => await handler.assigned(of, range),
      caughtUp: (of, next) => {
        handler.caughtUp(of, next);
      },
      revoked: async (of) => {
        await handler.revoked(of);
      },
      async records(batch) {
        started ??= performance.now();
        const next = await handler.records(batch);
        applied += batch.records.length;
        if (applied === events) finished.resolve(performance.now() - started);
        return next;
      },
    });
  return {
    log: { consume, describeTopics: async (names) => await log.describeTopics(names) },
    elapsed: finished.promise,
  };
}
