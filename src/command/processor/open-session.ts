import { setTimeout as delay } from "node:timers/promises";
import { outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { EventQLError } from "../../errors.ts";
import type { OffsetRange, PartitionOwner } from "../../event-log/event-log.ts";
import { checkCheckpoints } from "./check-checkpoints.ts";
import { firstPosition } from "./first-position.ts";
import { KeyStates } from "./key-states.ts";
import { LogEnds, type MarkerGuess } from "./log-ends.ts";
import type { ProcessorServices } from "./options.ts";
import { ParkedKeys } from "./parked-keys.ts";
import { readLog } from "./read-log.ts";
import type { Rules } from "./rules.ts";
import { SeenCommands } from "./seen-commands.ts";
import { type OwnedPartition, Session } from "./session.ts";
import { takeInTail } from "./take-in-tail.ts";

/** What a session is opened with. */
export interface OpenSessionOptions {
  readonly services: ProcessorServices;
  readonly place: OwnedPartition;
  readonly rules: Rules;
  readonly markers: MarkerGuess;
  readonly signal: AbortSignal;
}

/** How often, in ms, a projection that is far behind is looked at. */
const PATIENCE_MS = 200;

/** Outcomes share their partition with the markers of transactions: at worst there are as many. */
const OFFSETS_PER_OUTCOME = 2;

/**
 * Becomes the owner of a partition of commands, and reads what deciding needs, in an order that leaves no gap: first
 * nobody else can write any more, then how far the projection is, and only then documents, and events beyond it.
 * @throws what the log and the read model do; then nothing is owned.
 */
export async function openSession(options: OpenSessionOptions): Promise<Session> {
  const { services, place } = options;
  const begun = performance.now();
  const owner = await services.log.takeOver({ name: services.group, input: place.of });
  try {
    const session = await load(options, owner, begun);
    options.signal.throwIfAborted();
    return session;
  } catch (error) {
    await owner.release();
    throw error;
  }
}

async function load(options: OpenSessionOptions, owner: PartitionOwner, begun: number): Promise<Session> {
  const { services, place, rules, markers, signal } = options;
  const { log, readModel, names, window, cachedDocuments } = services;
  const ends = new LogEnds(markers);
  const events = await log.offsets(place.topic);
  const outcomes = await log.offsets(outcomesTopicOf(place.topic));
  const commands = await log.offsets(place.of.topic);
  ends.read(place.topic, events);
  ends.read(outcomesTopicOf(place.topic), outcomes);
  const next = await firstPosition(services, place, owner.next, { commands, outcomes, events });
  const checkpoints = await checkpointsNear(options, events);
  const empty = place.writes.every((partition) => (checkpoints.get(partition) ?? 0) === 0);
  const states = new KeyStates({ checkpoints, maxKeys: cachedDocuments, empty });
  const invalid = new Set<number>();
  const seen = new SeenCommands(window);
  const written = place.writes.map((partition) => ({ topic: place.topic, partition }));
  const onFreed = states.settled.bind(states);
  const parked = new ParkedKeys({ readModel, names, projection: place.projection, partitions: written, onFreed });
  const tails = written.map(async (of) => {
    const range = { ...of, from: checkpoints.get(of.partition) ?? 0, until: ends.next(of) };
    await takeInTail({ services, rules, states, invalid }, range, signal);
  });
  await Promise.all([...tails, loadSeen(options, seen, outcomes), parked.refresh()]);
  const loadMs = performance.now() - begun;
  return new Session({ place, owner, next, states, seen, parked, ends, invalid, loadMs });
}

/** How far the projection is, once the events beyond it are few enough to be held. */
async function checkpointsNear(
  { services, place, signal }: OpenSessionOptions,
  events: readonly OffsetRange[],
): Promise<ReadonlyMap<number, number>> {
  const { log, readModel, cachedDocuments, logger } = services;
  for (let attempt = 0; ; attempt += 1) {
    const stored = await readModel.checkpoints(place.projection, place.topic);
    checkCheckpoints(stored, place, await log.offsets(place.topic));
    const next = new Map(stored.map((checkpoint) => [checkpoint.partition, checkpoint.next]));
    const behind = place.writes.map((partition) => {
      const { low = 0, high = 0 } = events[partition] ?? {};
      return Math.max(0, high - Math.max(low, next.get(partition) ?? 0));
    });
    const most = Math.max(...behind);
    if (most <= cachedDocuments) return next;
    if (attempt === 0)
      logger.warn({ ...place.of, events: most }, "commands wait until the projection is nearer to the log's end");
    await delay(PATIENCE_MS, undefined, { signal });
  }
}

async function loadSeen(
  { services, place, signal }: OpenSessionOptions,
  seen: SeenCommands,
  outcomes: readonly OffsetRange[],
): Promise<void> {
  const { partition } = place.of;
  const range = outcomes[partition];
  if (range === undefined)
    throw new EventQLError(
      "PARTITION_MISMATCH",
      `Topic ${outcomesTopicOf(place.topic)} has no partition ${partition}.`,
    );
  const { commands, ms } = services.window;
  const from = Math.max(range.low, range.high - OFFSETS_PER_OUTCOME * commands);
  const of = { topic: outcomesTopicOf(place.topic), partition, from, until: range.high };
  const since = Date.now() - ms;
  for await (const records of readLog(services.log, of, signal)) {
    for (const { key, offset, timestamp } of records)
      if (key !== null && timestamp >= since) seen.add(Buffer.from(key).toString(), offset);
  }
}
