import { join } from "node:path";
import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import type { CommandCodec } from "../../../src/catalog/codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import { commandsTopicOf, outcomesTopicOf } from "../../../src/catalog/topic-kinds.ts";
import type { Aggregate, Catalog, CommandType, EventType } from "../../../src/catalog/types.ts";
import { OUTCOMES, outcomeCollections } from "../../../src/command/stored-outcome.ts";
import { encodeOutcome } from "../../../src/command/outcome-record.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { type Decider, event, reject } from "../../../src/model/decider.ts";
import type { Position } from "../../../src/model/position.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel, StoredDocument } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** The example's topic. */
export const TOPIC = "values";

const record = (name: string, fields: readonly object[], hints: object = {}): object => ({
  type: "record",
  name,
  namespace: "calculator",
  eventql: { aggregate: "Value", ...hints },
  fields,
});

/** The rules of values; `changes` replaces some. */
export function valueDecider(changes: Partial<Decider> = {}): Decider {
  return {
    aggregate: "Value",
    topic: TOPIC,
    initial: { value: 0 },
    decide: {
      CreateValue: (state, { value }) =>
        state === undefined ? [event("ValueCreated", { value: value ?? 0 })] : reject("ALREADY_EXISTS", "It is there."),
      ChangeValue: (_state, { value }) => [event("ValueAdded", { by: value ?? 0 })],
    },
    evolve: {
      ValueCreated: (_state, { value }) => ({ value: value ?? 0 }),
      ValueAdded: (state, { by }) => ({ value: Number(state["value"]) + Number(by) }),
    },
    version: 1,
    eventMutations: false,
    ...changes,
  };
}

/** Values: an aggregate of an owned topic, by real schemas. */
export interface Values {
  readonly catalog: Catalog;
  readonly aggregate: Aggregate;
  readonly codec: CommandCodec;
  readonly command: (name: string) => CommandType;
  readonly eventType: (name: string) => EventType;
}

/** Makes values. `hints`: of their event types. */
export async function openValues(decider: Decider = valueDecider(), hints: object = { owned: true }): Promise<Values> {
  const registry = new FakeRegistry();
  const value = { name: "value", type: "int", default: 0 };
  const by = { name: "by", type: "int" };
  await registry.add(`${TOPIC}-calculator.Value`, record("Value", [{ ...value, default: 0 }], { state: true }));
  await registry.add(`${TOPIC}-calculator.ValueCreated`, record("ValueCreated", [value], hints));
  await registry.add(`${TOPIC}-calculator.ValueAdded`, record("ValueAdded", [by], hints));
  const commands = commandsTopicOf(TOPIC);
  await registry.add(`${commands}-calculator.CreateValue`, record("CreateValue", [value]));
  await registry.add(`${commands}-calculator.ChangeValue`, record("ChangeValue", [{ name: "value", type: "int" }]));
  const catalog = await gatherCatalog(registry, { deciders: [decider] });
  const [aggregate] = catalog.aggregates;
  if (aggregate === undefined) throw new TypeError("there is no aggregate");
  return {
    catalog,
    aggregate,
    codec: createCodec(registry, () => catalog),
    command: (name) => found(catalog.commands, name),
    eventType: (name) => found(aggregate.eventTypes, name),
  };
}

function found<T extends { readonly name: string }>(types: readonly T[], wanted: string): T {
  const type = types.find(({ name }) => name === wanted);
  if (type === undefined) throw new TypeError(`there is no type ${wanted}`);
  return type;
}

/** A log and a read model of a test's own. */
export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  /** All outcomes that are stored, by identifier. */
  outcomes(): Promise<readonly StoredDocument[]>;
  /** Writes outcomes to their topic, as a processor does: each on the partition of its command's id. */
  write(...outcomes: readonly Outcome[]): Promise<readonly Position[]>;
  close(): Promise<void>;
}

/** Opens them, with the topics of values: so many partitions each. */
export async function openStores({
  partitions = 2,
  topics = true,
}: { readonly partitions?: number; readonly topics?: boolean } = {}): Promise<Stores> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const log = openEmbeddedEventLog({ file, logger: silentLogger });
  const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
  await readModel.ensureCollections([...outcomeCollections, { name: "values" }]);
  if (topics) await createTopics(log, partitions);
  return {
    log,
    readModel,
    outcomes: async () => await readModel.find(OUTCOMES, { filter: {}, sort: { _id: 1 } }),
    write: async (...outcomes) =>
      await Promise.all(
        outcomes.map(async (outcome) => {
          const topic = outcomesTopicOf(outcome.topic);
          return await log.append({ topic, key: outcome.commandId, value: encodeOutcome(outcome), headers: {} });
        }),
      ),
    async close() {
      await log.close();
      await readModel.close();
      await folder.remove();
    },
  };
}

/** Makes the topics of values. */
export async function createTopics(log: EventLog, partitions = 2): Promise<void> {
  const names = [TOPIC, commandsTopicOf(TOPIC), outcomesTopicOf(TOPIC)];
  await log.createTopics(names.map((name) => ({ name, partitions })));
}

/** How a command ended; `changes` replaces parts. */
export function outcomeOf(commandId: string, changes: Partial<Outcome> = {}): Outcome {
  return {
    commandId,
    kind: "command",
    type: "calculator.ChangeValue",
    topic: TOPIC,
    id: "a",
    command: { topic: commandsTopicOf(TOPIC), partition: 0, offset: 7 },
    status: "DECIDED",
    rejection: undefined,
    events: [{ id: "a", type: "calculator.ValueAdded", partition: 0, offset: 3 }],
    version: 3,
    transaction: undefined,
    decidedAt: Date.now(),
    ...changes,
  };
}
