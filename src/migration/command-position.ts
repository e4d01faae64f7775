import { commandsTopicOf, outcomesTopicOf } from "../catalog/topic-kinds.ts";
import { OUTCOMES, outcomeId } from "../command/stored-outcome.ts";
import type { EventLog, OffsetRange } from "../event-log/event-log.ts";
import { HEADER, type LogRecord } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import { transactionOf } from "../model/transaction-id.ts";
import type { ReadModel } from "../read-model/read-model.ts";

/** Offsets at the ends of outcomes and events that are looked through for commands that were decided. */
const LOOKED_THROUGH = 10_000;

/** Commands that are looked at together, from the end on backwards. */
const WINDOW = 1_000;

/** What reading needs. */
export interface CommandSearch {
  readonly log: Pick<EventLog, "readRange" | "offsets">;
  readonly readModel: Pick<ReadModel, "find">;
  readonly signal: AbortSignal;
}

/** A partition of commands, and the partitions of events that they lead to. */
export interface CommandPlace {
  /** Of the events. */
  readonly topic: string;
  readonly partition: number;
  readonly writes: readonly number[];
}

/** How far commands were decided, as far as anything tells. */
export interface Decided {
  /** The position behind the last one; undefined: nothing tells. A partition without commands has nothing to tell. */
  readonly next: number | undefined;
  /** The newest transaction that events are of; undefined: none was seen. */
  readonly transaction: number | undefined;
}

/**
 * How far the commands of a partition were decided, by their ids: those of outcomes that are stored or mirrored, and those that
 * events say they come from. Commands of a partition are decided in their order.
 * @throws what the log and the read model do.
 */
export async function decidedIn(search: CommandSearch, place: CommandPlace): Promise<Decided> {
  const { log } = search;
  const commands = { topic: commandsTopicOf(place.topic), partition: place.partition };
  const range = (await log.offsets(commands.topic))[place.partition] ?? { low: 0, high: 0 };
  const outcomes = await tail(search, { topic: outcomesTopicOf(place.topic), partition: place.partition });
  const events: LogRecord[] = [];
  for (const partition of place.writes) events.push(...(await tail(search, { topic: place.topic, partition })));
  const known = new Set([
    ...outcomes.flatMap(({ key }) => (key === null ? [] : [Buffer.from(key).toString()])),
    ...events.flatMap(({ headers }) => headers[HEADER.command] ?? []),
  ]);
  const transactions = events.flatMap(({ headers }) => transactionOf(headers) ?? []);
  const transaction = transactions.length === 0 ? undefined : Math.max(...transactions);
  const last = await lastDecided(search, commands, range, async (ids) => await decidedOf(search, place, ids, known));
  if (last !== undefined) return { next: last + 1, transaction };
  return { next: range.low === range.high ? range.low : undefined, transaction };
}

async function lastDecided(
  { log, signal }: CommandSearch,
  of: TopicPartition,
  { low, high }: OffsetRange,
  decided: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<number | undefined> {
  for (let until = high; until > low; until = Math.max(low, until - WINDOW)) {
    const records = await readAll({ log, signal }, of, { low: Math.max(low, until - WINDOW), high: until });
    const ids = await decided(records.flatMap(({ headers }) => headers[HEADER.id] ?? []));
    const last = records.findLast(({ headers }) => ids.has(headers[HEADER.id] ?? ""));
    if (last !== undefined) return last.offset;
  }
  return undefined;
}

async function decidedOf(
  { readModel }: CommandSearch,
  { topic }: CommandPlace,
  ids: readonly string[],
  known: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const asked = ids.filter((commandId) => !known.has(commandId));
  const filter = { _id: { $in: asked.map((commandId) => outcomeId({ topic, commandId })) } };
  const stored = asked.length === 0 ? [] : await readModel.find(OUTCOMES, { filter, fields: ["_id"] });
  const found = new Set(stored.map(({ _id }) => _id));
  return new Set(ids.filter((commandId) => known.has(commandId) || found.has(outcomeId({ topic, commandId }))));
}

async function tail(search: CommandSearch, of: TopicPartition): Promise<readonly LogRecord[]> {
  const { low = 0, high = 0 } = (await search.log.offsets(of.topic))[of.partition] ?? {};
  return await readAll(search, of, { low: Math.max(low, high - LOOKED_THROUGH), high });
}

async function readAll(
  { log, signal }: Pick<CommandSearch, "signal"> & { readonly log: Pick<EventLog, "readRange"> },
  of: TopicPartition,
  { low, high }: OffsetRange,
): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for (let from = low; from < high;) {
    signal.throwIfAborted();
    const part = await log.readRange({ ...of, from, until: high });
    records.push(...part.records);
    if (part.complete) break;
    from = part.next;
  }
  return records;
}
