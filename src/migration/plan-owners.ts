import { commandsTopicOf, outcomesTopicOf } from "../catalog/topic-kinds.ts";
import { OUTCOMES_PROJECTION } from "../command/outcome-keeper.ts";
import type { OffsetRange, TopicDescription } from "../event-log/event-log.ts";
import { HEADER } from "../model/event.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import { decidedIn } from "./command-position.ts";
import { findIds } from "./find-ids.ts";
import { type Migration, inNewLog } from "./migration.ts";
import type { CheckpointMovement, MigrationProblem, OwnedTopic, OwnerInput, OwnerMovement } from "./plan.ts";
import { ownerUnknown, partitionsDiffer, topicMissing, transactionsRepeat, undecided } from "./problems.ts";
import { eventIdsOf, readSetAside, rekeyed } from "./set-aside.ts";
import { translated } from "./translated.ts";

/** What is planned of positions that the log keeps for owners. */
export interface OwnersPlan {
  readonly owners: readonly OwnerMovement[];
  readonly movements: readonly CheckpointMovement[];
  readonly problems: readonly MigrationProblem[];
}

const NOTHING: OwnersPlan = { owners: [], movements: [], problems: [] };

/** The topics of the new log, by name. */
export type Descriptions = ReadonlyMap<string, TopicDescription>;

/** How far the commands of an owned topic are decided in the new log. */
export async function planCommands(
  migration: Migration,
  owned: OwnedTopic,
  descriptions: Descriptions,
): Promise<OwnersPlan> {
  const [commands, outcomes] = [commandsTopicOf(owned.topic), outcomesTopicOf(owned.topic)];
  const missing = [commands, outcomes].filter((name) => !descriptions.has(name));
  if (missing.length > 0) return { ...NOTHING, problems: missing.map(topicMissing) };
  const events = descriptions.get(owned.topic)?.partitions ?? 0;
  const before = await committedBefore(migration, migration.inventory.processor, commands);
  const ranges = await migration.log.offsets(commands);
  const expected = before?.length ?? (owned.transactions ? 1 : events);
  if (ranges.length !== expected)
    return { ...NOTHING, problems: [partitionsDiffer(commands, expected, ranges.length)] };
  const planned: (OwnerMovement | MigrationProblem)[] = [];
  for (const [partition, range] of ranges.entries())
    planned.push(...(await planDecisions(migration, owned, { partition, events, range, from: before?.[partition] })));
  return { ...parted(planned), movements: await planOutcomes(migration, outcomes, descriptions) };
}

async function planDecisions(
  migration: Migration,
  { topic, transactions }: OwnedTopic,
  at: {
    readonly partition: number;
    readonly events: number;
    readonly range: OffsetRange;
    readonly from: number | undefined;
  },
): Promise<readonly (OwnerMovement | MigrationProblem)[]> {
  const { partition, events, range, from } = at;
  const of = { topic: commandsTopicOf(topic), partition };
  const writes = transactions ? Array.from({ length: events }, (_, each) => each) : [partition];
  const { next: decided, transaction } = await decidedIn(migration, { topic, partition, writes });
  const repeats = transaction !== undefined && transaction >= range.high;
  const problems = repeats ? [transactionsRepeat(partitionId(of), transaction, range.high)] : [];
  const next = from === undefined ? decided : await translated(commandSearch(migration), of, from, range);
  // Who was never decided on in a log that can be asked begins at the beginning.
  const known = next ?? (migration.old === undefined ? undecided(partitionId(of)) : range.low);
  if (typeof known !== "number") return [...problems, known];
  const name = migration.inventory.processor;
  return [...problems, { name, ...of, from, next: Math.max(known, decided ?? 0), rekeyed: [] }];
}

/** Commands are told by the id that they are decided once by, whichever header events have theirs in. */
function commandSearch(migration: Migration): Migration {
  return { ...migration, idHeader: HEADER.id };
}

/** Outcomes are stored by the ids of their commands, each once: they can be read again from the beginning. */
async function planOutcomes(
  { readModel }: Migration,
  topic: string,
  descriptions: Descriptions,
): Promise<readonly CheckpointMovement[]> {
  const checkpoints = await readModel.checkpoints(OUTCOMES_PROJECTION, topic);
  const log = descriptions.get(topic)?.log;
  const stale = checkpoints.filter((checkpoint) => checkpoint.next > 0);
  return stale.map((checkpoint) => ({ checkpoint, next: 0, log, of: undefined, rekeyed: [] }));
}

/** Where the owners of an input go on in the new log: the old one alone knows where they are. */
export async function planInput(
  migration: Migration,
  { name, topic, stream }: OwnerInput,
  descriptions: Descriptions,
): Promise<OwnersPlan> {
  const before = await committedBefore(migration, name, topic);
  if (before?.every((next) => next === undefined) === true) return NOTHING;
  const description = descriptions.get(topic);
  if (description === undefined) return { ...NOTHING, problems: [topicMissing(topic)] };
  if (before === undefined) return { ...NOTHING, problems: [ownerUnknown(name, topic)] };
  if (before.length !== description.partitions)
    return { ...NOTHING, problems: [partitionsDiffer(topic, before.length, description.partitions)] };
  const ranges = await migration.log.offsets(topic);
  const planned: (OwnerMovement | MigrationProblem)[] = [];
  for (const [partition, from] of before.entries()) {
    const range = ranges[partition];
    if (from === undefined || range === undefined) continue;
    const of = { topic, partition };
    const next = await translated(migration, of, from, range);
    if (typeof next !== "number") planned.push(next);
    else planned.push(...(await withSetAside(migration, stream, { name, stream, ...of, from, next }, range)));
  }
  return { ...parted(planned), movements: [] };
}

async function withSetAside(
  migration: Migration,
  stream: string,
  movement: Omit<OwnerMovement, "rekeyed"> & { readonly from: number },
  range: OffsetRange,
): Promise<readonly (OwnerMovement | MigrationProblem)[]> {
  const { topic, partition, from, next } = movement;
  if (migration.sameOffsets) return [{ ...movement, rekeyed: [] }];
  const of: TopicPartition = { topic, partition };
  const aside = await readSetAside(migration.readModel, stream, of, migration.idHeader);
  const found = await findIds(inNewLog(migration), of, range, eventIdsOf(aside));
  const { rekeyed: documents, problems } = rekeyed(aside, found, { next, isLower: next < from });
  return [...problems, { ...movement, rekeyed: documents }];
}

/** What is missing of what streams wrote, as far as the old log can be asked: their positions say that it is there. */
export async function missingOutputs(
  migration: Migration,
  topic: string,
  descriptions: Descriptions,
): Promise<readonly MigrationProblem[]> {
  const { old } = migration;
  if (old === undefined || (await old.describeTopics([topic])).length === 0) return [];
  if (!descriptions.has(topic)) return [topicMissing(topic)];
  const [before, now] = [await old.offsets(topic), await migration.log.offsets(topic)];
  if (before.length !== now.length) return [partitionsDiffer(topic, before.length, now.length)];
  const problems: MigrationProblem[] = [];
  for (const [partition, { high }] of before.entries()) {
    const range = now[partition];
    if (high === 0 || range === undefined) continue;
    const end = await translated(migration, { topic, partition }, high, range);
    // Of what has no ids it can't be told.
    if (typeof end !== "number" && end.code === "NOT_MIRRORED") problems.push(end);
  }
  return problems;
}

/** Where owners stand in the old log, by partition; undefined: it can't be asked. */
async function committedBefore(
  { old }: Migration,
  name: string,
  topic: string,
): Promise<readonly (number | undefined)[] | undefined> {
  if (old === undefined) return undefined;
  return (await old.describeTopics([topic])).length === 0 ? [] : await old.committed(name, topic);
}

function parted(planned: readonly (OwnerMovement | MigrationProblem)[]): Pick<OwnersPlan, "owners" | "problems"> {
  return {
    owners: planned.filter((each) => "name" in each),
    problems: planned.filter((each) => "code" in each),
  };
}
