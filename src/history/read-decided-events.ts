import type { EventCodec } from "../catalog/codec.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { DecidedPosition } from "../model/command.ts";
import { type BatchItem, decodeRecords } from "../projector/decode-batch.ts";
import type { DecidedEvents } from "./decided-events.ts";
import type { HistoryEvent } from "./history.ts";

/** What decided events are read from. */
export interface DecidedEventsOptions {
  readonly log: Pick<EventLog, "readRange" | "offsets">;
  readonly codec: EventCodec;
}

type Place = Pick<DecidedPosition, "partition" | "offset">;

/** Neighbouring positions, read at once. */
interface Run {
  readonly partition: number;
  readonly from: number;
  until: number;
}

/** Makes the reading of decided events: from the log, each run of neighbours in one read. */
export function createDecidedEvents({ log, codec }: DecidedEventsOptions): DecidedEvents {
  return {
    async read(topic, at) {
      if (at.length === 0) return { events: [], positions: [] };
      const [ranges, ...read] = await Promise.all([
        log.offsets(topic),
        ...runsOf(at).map(async (run) => (await log.readRange({ topic, ...run })).records),
      ]);
      const byPlace = new Map(read.flat().map((record) => [placeOf(record), record]));
      const records = at.flatMap((place) => byPlace.get(placeOf(place)) ?? []);
      const positions = ranges.map(({ high }) => high);
      return { events: (await decodeRecords(codec, topic, records)).flatMap(eventOf), positions };
    },
  };
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
