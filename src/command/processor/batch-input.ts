import { outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { partitionOf } from "../../event-log/partition.ts";
import type { FoldDocument } from "../../fold/document-fold.ts";
import { type AskedCommand, keysOf } from "./asked-command.ts";
import { correctionsOf } from "./corrections.ts";
import type { BatchInput } from "./decide-batch.ts";
import { firstOutcomes } from "./first-outcomes.ts";
import type { ProcessorServices } from "./options.ts";
import type { Rules } from "./rules.ts";
import type { Session } from "./session.ts";

/** How many keys are read at once: one that a store answers in some 20 ms. */
const LOAD_CHUNK = 2_000;

/** Reads what is needed to decide on commands, which are one invalidation or none. @throws what the stores do. */
export async function batchInputOf(
  services: ProcessorServices,
  session: Session,
  rules: Rules,
  commands: readonly AskedCommand[],
): Promise<BatchInput> {
  const { states, seen, ends, place, parked } = session.parts;
  const { topic, partitions } = place;
  const { log, source, readModel } = services;
  const outcomes = { topic: outcomesTopicOf(topic), partition: place.of.partition };
  const now = Date.now();
  const ids = commands.map(({ commandId }) => commandId);
  const firsts = await firstOutcomes({ log, of: outcomes, seen, now }, ids);
  const keys = new Set(commands.flatMap(keysOf));
  const find = async (missing: readonly string[]): Promise<readonly FoldDocument[]> =>
    await findDocuments(readModel, rules.aggregate.collection, missing);
  const passed = async (): Promise<ReadonlyMap<number, number>> => {
    const checkpoints = await readModel.checkpoints(place.projection, topic);
    return new Map(checkpoints.map(({ partition, next }) => [partition, next]));
  };
  // Before their documents: one that is freed meanwhile may have been read as it was.
  const parkedKeys = parked.current();
  const held = await states.load(rules.fold, keys, find, passed);
  const home = (key: string): number => (partitions === 1 ? 0 : partitionOf(Buffer.from(key), partitions));
  const input: BatchInput = {
    rules,
    commands,
    source,
    now,
    documentOf: (key) => held.get(key)?.document,
    partitionOf: home,
    nextOf: (partition) => ends.next({ topic, partition }),
    nextOutcome: ends.next(outcomes),
    isParked: (key) => parkedKeys.has(key) || held.get(key)?.broken === true,
    firstOutcome: (commandId) => firsts.get(commandId),
  };
  const [only] = commands;
  if (only?.asked.kind !== "invalidation" || firsts.has(only.commandId)) return input;
  return { ...input, corrections: await correctionsOf(services, session, only.asked, home) };
}

async function findDocuments(
  readModel: ProcessorServices["readModel"],
  collection: string,
  keys: readonly string[],
): Promise<readonly FoldDocument[]> {
  const found: FoldDocument[] = [];
  for (let start = 0; start < keys.length; start += LOAD_CHUNK) {
    const chunk = keys.slice(start, start + LOAD_CHUNK);
    const options = { filter: { _id: { $in: chunk } }, limit: chunk.length, causal: true };
    found.push(...(await readModel.find(collection, options)));
  }
  return found;
}
