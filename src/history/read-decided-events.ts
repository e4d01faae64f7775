import { setTimeout as delay } from "node:timers/promises";
import type { EventCodec } from "../catalog/codec.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { DecidedPosition } from "../model/command.ts";
import type { LogRecord } from "../model/event.ts";
import { type BatchItem, decodeRecords } from "../projector/decode-batch.ts";
import type { DecidedEvents } from "./decided-events.ts";
import type { HistoryEvent } from "./history.ts";

/** What decided events are read from. */
export interface DecidedEventsOptions {
  readonly log: Pick<EventLog, "readRange" | "offsets">;
  readonly codec: EventCodec;
  /** How long, in ms, events are waited for that their partition doesn't show yet. Default 5,000. */
  readonly patienceMs?: number;
}

type Place = Pick<DecidedPosition, "partition" | "offset">;

/** The pauses, in ms, before a partition that doesn't show its events yet is read again. */
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 200;

/** Neighbouring positions, read at once. */
interface Run {
  readonly partition: number;
  readonly from: number;
  until: number;
}

/** Makes the reading of decided events: from the log, each run of neighbours in one read. */
export function createDecidedEvents({ log, codec, patienceMs = 5_000 }: DecidedEventsOptions): DecidedEvents {
  return {
    async read(topic, at) {
      if (at.length === 0) return { events: [], positions: [] };
      const [ranges, ...read] = await Promise.all([
        log.offsets(topic),
        ...runsOf(at).map(async (run) => await readRun(log, topic, run, patienceMs)),
      ]);
      const byPlace = new Map(read.flat().map((record) => [placeOf(record), record]));
      const records = at.flatMap((place) => byPlace.get(placeOf(place)) ?? []);
      const positions = ranges.map(({ high }, partition) => Math.max(high, endOf(partition, at)));
      return { events: (await decodeRecords(codec, topic, records)).flatMap(eventOf), positions };
    },
  };
}

/**
 * Reads a run. That a command is decided may be known before its events can be read: the end of a transaction is written to
 * one partition after the other.
 */
async function readRun(
  log: DecidedEventsOptions["log"],
  topic: string,
  run: Run,
  patienceMs: number,
): Promise<readonly LogRecord[]> {
  const { partition, until } = run;
  const records: LogRecord[] = [];
  const began = performance.now();
  for (let from = run.from, pauseMs = FIRST_PAUSE_MS; ;) {
    const part = await log.readRange({ topic, partition, from, until });
    records.push(...part.records);
    if (part.next >= until) return records;
    if (part.next === from) {
      if (performance.now() - began > patienceMs) throw notShown(topic, partition, from);
      await delay(pauseMs);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
    from = part.next;
  }
}

function notShown(topic: string, partition: number, offset: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The event at offset ${offset} of partition ${partition} of topic "${topic}" can't be read yet: try again.`,
    { details: { topic } },
  );
}

/** The position behind the events of a partition; 0 where there is none of it. */
function endOf(partition: number, at: readonly Place[]): number {
  return at.reduce((end, place) => (place.partition === partition ? Math.max(end, place.offset + 1) : end), 0);
}

function runsOf(at: readonly Place[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { partition, offset } of at.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const last = runs.at(-1);
    if (last?.partition === partition && offset <= last.until) last.until = offset + 1;
    else runs.push({ partition, from: offset, until: offset + 1 });
  }
  return runs;
}

function placeOf({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}

/** None, where it can't be decoded. */
function eventOf(item: BatchItem): readonly HistoryEvent[] {
  if (item.kind === "bad") return [];
  const { key: id, record } = item;
  if (item.kind === "tombstone") return [{ id, event: undefined, record }];
  const { writer, payload } = item;
  return [{ id, event: { status: "decoded", writer, payload }, record }];
}
