import { commandsTopicOf, outcomesTopicOf } from "../../../src/catalog/topic-kinds.ts";
import type { Aggregate, Catalog } from "../../../src/catalog/types.ts";
import type { CommandCodec } from "../../../src/catalog/codec.ts";
import type { CommandRequest, EventCommand, RuleCommand } from "../../../src/command/commands.ts";
import { createCommands } from "../../../src/command/create-commands.ts";
import { decodeOutcome } from "../../../src/command/outcome-record.ts";
import { type Processor, type ProcessorOptions, startProcessor } from "../../../src/command/processor/processor.ts";
import { createRefold } from "../../../src/history/create-refold.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { Outcome } from "../../../src/model/command.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import { PARKED_KEYS, deadLetterCollections } from "../../../src/read-model/dead-letters.ts";
import { INVALIDATIONS, invalidationCollections } from "../../../src/projector/invalidations.ts";
import { settledName } from "../../../src/projector/settlement/settled-count.ts";
import { DeadLetterSettler } from "../../../src/projector/settlement/settler.ts";
import { requestCollections } from "../../../src/read-model/settlement/requests.ts";
import { settlementCollections } from "../../../src/read-model/settlement/settlements.ts";
import { topicProjections } from "../../../src/projector/projection.ts";
import { startProjector } from "../../../src/projector/projector.ts";
import type { Payload } from "../../../src/model/value.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { commandTypeOf, eventTypeOf, openSample } from "./sample.ts";

/** Where a world's events and documents are. */
export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
}

/** Partitions of the topics of events. */
export const PARTITIONS = 3;

/** Everything of a topic of counters, which rules decide on, and of one of accounts, which has transactions. */
export interface World {
  readonly counter: Aggregate;
  readonly account: Aggregate;
  readonly catalog: Catalog;
  readonly codec: CommandCodec;
  readonly log: EventLog;
  readonly readModel: ReadModel;
  start(changes?: Partial<ProcessorOptions>): Processor;
  startProjector(): Promise<{ stop(): Promise<void> }>;
  /** Ends sending. */
  close(): Promise<void>;
  /** Sends a command; returns its id. */
  send(request: CommandRequest): Promise<string>;
  /** A command of the counters' rules. */
  rule(name: string, id: string, payload?: Payload): RuleCommand;
  /** A plain event of an account. */
  set(id: string, balance: number): EventCommand;
  /** The records of a topic, partition by partition. */
  records(topic: string): Promise<readonly LogRecord[]>;
  /** The newest outcome of each command of an aggregate. */
  outcomes(aggregate: Aggregate): Promise<ReadonlyMap<string, Outcome>>;
}

/** Makes topics and a catalog on stores; names begin with `prefix`. */
export async function openWorld({ log, readModel }: Stores, prefix: string): Promise<World> {
  const { counter, account, catalog, codec, invalidationId } = await openSample(prefix);
  const [counters, accounts] = [counter.topic, account.topic];
  await log.createTopics([
    { name: counters, partitions: PARTITIONS },
    { name: commandsTopicOf(counters), partitions: PARTITIONS },
    { name: outcomesTopicOf(counters), partitions: PARTITIONS },
    { name: accounts, partitions: PARTITIONS },
    { name: commandsTopicOf(accounts), partitions: 1 },
    { name: outcomesTopicOf(accounts), partitions: 1 },
  ]);
  await readModel.ensureCollections([
    ...catalog.aggregates.map(({ collection }) => ({ name: collection })),
    ...deadLetterCollections,
    ...invalidationCollections,
    ...requestCollections,
    ...settlementCollections,
  ]);
  const settler = new DeadLetterSettler();
  const names = { parkedKeys: PARKED_KEYS, settled: settledName, invalidations: INVALIDATIONS };
  const live = { current: () => catalog, refresh: async () => {}, standingOf: () => "taken" as const };
  const commands = createCommands({
    log,
    readModel,
    codec,
    logger: silentLogger,
    source: "/test",
    group: `${prefix}gateway`,
    topics: () => [],
    maxWaiters: 10,
  });
  const records = async (topic: string): Promise<readonly LogRecord[]> => {
    const found: LogRecord[] = [];
    for (const partition of (await log.offsets(topic)).keys())
      found.push(...(await log.readRange({ topic, partition, from: 0, limit: 100_000 })).records);
    return found;
  };
  return {
    counter,
    account,
    catalog,
    codec,
    log,
    readModel,
    records,
    start: (changes = {}) =>
      startProcessor({
        log,
        readModel,
        codec,
        catalog: live,
        names,
        group: `${prefix}processor`,
        source: "/test",
        logger: silentLogger,
        invalidationSchemaId: async () => await Promise.resolve(invalidationId),
        ...changes,
      }),
    async startProjector() {
      const projections = topicProjections(catalog);
      const options = {
        log,
        readModel,
        codec,
        logger: silentLogger,
        group: `${prefix}projector`,
        projections: () => projections,
        catalog: live,
        refold: createRefold({ log, readModel, codec }),
        between: settler,
      };
      const projector = await startProjector(options, [counters, accounts]);
      const stopWatching = await readModel.watchCheckpoints((checkpoint) => {
        const of = settler.told(checkpoint);
        if (of !== undefined) projector.wake(of);
      });
      return {
        async stop() {
          await stopWatching();
          await projector.stop();
        },
      };
    },
    close: async () => {
      await commands.close();
    },
    send: async (request) => (await commands.send(request)).commandId,
    rule(name, id, payload = {}) {
      const commandType = commandTypeOf(counter, name);
      return { kind: "command", aggregate: counter, commandType, id, payload: { value: 0, ...payload } };
    },
    set(id, balance) {
      return { kind: "event", aggregate: account, eventType: eventTypeOf(account), id, payload: { balance } };
    },
    async outcomes({ topic }) {
      const all = (await records(outcomesTopicOf(topic))).flatMap((record) => decodeOutcome(record) ?? []);
      return new Map(all.map((outcome) => [outcome.commandId, outcome]));
    },
  };
}
