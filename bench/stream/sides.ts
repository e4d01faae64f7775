import { setTimeout as pause } from "node:timers/promises";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { outboxCollections, publishedCheckpoint } from "../../src/dataflow/outbox/outbox.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import { misfitsOf } from "../../src/fold/projected-fold.ts";
import { event } from "../../src/model/decider.ts";
import type { Projection } from "../../src/model/projection.ts";
import { processInto, reduceInto } from "../../src/model/stateful.ts";
import { transition } from "../../src/model/transition.ts";
import { codeProjection } from "../../src/projector/code-projection.ts";
import { type Projector, startProjector } from "../../src/projector/projector.ts";
import { deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { openOutputs } from "../../src/runtime/projections/open-outputs.ts";
import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { type OursOptions, stopwatch } from "../projection/ours.ts";

/** Where a function with state works. */
export interface StreamRun extends Omit<OursOptions, "history"> {
  /** Where each event's output goes. */
  readonly target: string;
}

interface Meter {
  readonly _id: string;
  readonly name: string;
  readonly city: string;
  readonly amount: bigint;
  readonly at: bigint;
}

interface Measured {
  readonly type: "Measured";
  readonly payload: Omit<Meter, "_id">;
}

interface Metered {
  readonly type: "Metered";
  readonly payload: Omit<Meter, "_id">;
}

const STATE = {
  name: "MeterState",
  columns: { name: "string", city: "string", amount: "long", at: "long" },
  initial: { name: "", city: "", amount: 0n, at: 0n },
} as const;

/** Each event is its key's next state: a table. */
export function tableOf(topic: string): Projection {
  return reduceInto<Meter, Measured>({ from: [topic] }, { ...STATE, evolve: { Measured: (_, measured) => measured } });
}

/** The same, and each state is written on as an event. */
export function streamOf(topic: string, target: string): Projection {
  return processInto<Meter, Measured, Metered>(
    { from: [topic] },
    { ...STATE, rules: { Measured: (_, measured) => transition(measured, event("Metered", measured)) } },
  ).to(target);
}

/**
 * Runs a function with state as a process does.
 * @returns ms from the first batch to the last commit, and to the last output's transaction
 */
export async function runState(run: StreamRun, projection: Projection): Promise<number> {
  const { brokers, registryUrl, mongoUrl, database, topic, target, workload } = run;
  const logger = silentLogger;
  const registry = openConfluentRegistry({ url: registryUrl, logger });
  const topics = [topic, target];
  const catalog = await gatherCatalog(registry, { topics, projections: [projection], checkState: misfitsOf });
  const codec = createCodec(registry, () => catalog);
  const readModel = openMongoReadModel({ url: mongoUrl, database, logger });
  const aggregate = catalog.aggregates.find(({ projected }) => projected !== undefined);
  if (aggregate === undefined) throw new RangeError(`the catalog has no projection of ${topic}`);
  await readModel.ensureCollections([{ name: aggregate.collection }, ...outboxCollections, ...deadLetterCollections]);
  const kafka = createKafkaEventLog({ brokers: [brokers], clientId: database, logger });
  const published = counter(projection.emits === undefined ? 0 : workload.events);
  const metrics = { ...noMetrics, streamed: (_: unknown, __: number, outputs: number) => published.add(outputs) };
  const outputs = openOutputs({
    log: kafka,
    readModel,
    codec,
    catalog: { current: () => catalog },
    logger,
    metrics,
    groupPrefix: database,
  });
  const emit = outputs.emitOf(aggregate);
  const code = codeProjection(aggregate, { generation: catalog.generation, emit });
  if (code === undefined) throw new RangeError(`${aggregate.name} is no projection in code`);
  const projections = new Map([[topic, code]]);
  const watch = stopwatch(kafka, workload.events);
  const live = { standingOf: () => "taken" as const, refresh: async () => {} };
  const options = {
    log: watch.log,
    readModel,
    codec,
    logger,
    group: database,
    projections: () => projections,
    outputs: outputs.written,
  };
  const projector = await startProjector({ ...options, catalog: live }, [topic]);
  const elapsed = await Promise.race([watch.elapsed, halted(projector)]);
  const behind = performance.now();
  await Promise.race([published.all, removed(readModel, projection, workload.events)]);
  const drained = performance.now() - behind;
  await projector.stop();
  await outputs.ended();
  const letters = await readModel.find("eventql_dead_letters", { filter: {}, limit: 1 });
  if (letters.length > 0) throw new RangeError(`an event is a dead letter: ${JSON.stringify(letters[0]?.["reason"])}`);
  await kafka.close();
  await readModel.close();
  await registry.close();
  return elapsed + drained;
}

/** Rejects where a partition goes no further. */
async function halted(projector: Projector): Promise<never> {
  for (;;) {
    await pause(500);
    const why = projector.status().find((of) => of.halted !== undefined)?.halted;
    if (why !== undefined) throw why;
  }
}

/** Resolves when the outbox says that all is published: transactions whose end was not heard of aren't counted. */
async function removed(readModel: ReadModel, { name }: Projection, events: number): Promise<void> {
  for (let next = 0; next < events;) {
    await pause(500);
    const checkpoints = await readModel.checkpoints(publishedCheckpoint(name));
    next = checkpoints.reduce((sum, checkpoint) => sum + checkpoint.next, 0);
  }
}

/** Resolves when so many are counted. */
function counter(wanted: number): { add(count: number): void; readonly all: Promise<void> } {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let counted = 0;
  const add = (count: number): void => {
    counted += count;
    if (counted >= wanted) resolve();
  };
  add(0);
  return { add, all };
}
