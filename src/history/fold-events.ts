import type { EventCodec } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import type { TopicPartition } from "../model/position.ts";
import type { LogRecord } from "../model/event.ts";
import { decodeRecords } from "../projector/decode-batch.ts";
import type { EventSource, StoredEvent } from "./event-source.ts";
import { Replay, type ReplayState } from "./replay.ts";

/** Events that are read, and folded, together. */
const PAGE = 500;

/** The events of one key. */
export interface KeyEvents {
  readonly aggregate: Aggregate;
  readonly place: TopicPartition;
  readonly source: EventSource;
  readonly codec: EventCodec;
}

/** Which of them to fold. */
export interface FoldRange {
  /** Only those before this offset. */
  readonly until: number;
  /** Whether an event is left out. */
  readonly isInvalid: (record: LogRecord) => boolean;
  /** Whether some are, so that what an event says of the one before it doesn't count. */
  readonly incomplete: boolean;
  /** So many more are read. */
  readonly onRead: (events: number) => void;
}

/** What the events made, and the last one that counted. */
export interface FoldedEvents {
  readonly state: ReplayState;
  readonly last: StoredEvent | undefined;
}

/** Folds the events of a key before an offset, page by page. @throws EventQLError `HISTORY_GONE`. */
export async function foldEvents(
  { aggregate, place, source, codec }: KeyEvents,
  range: FoldRange,
): Promise<FoldedEvents> {
  const folded = new Replay(aggregate, place.partition, source.reach.complete);
  const { until } = range;
  let last: StoredEvent | undefined;
  for (let from = 0; ;) {
    const read = await source.read({ from, until, limit: PAGE, newest: false });
    range.onRead(read.length);
    const events = read.filter(({ record }) => !range.isInvalid(record));
    const records = events.map(({ record }) => record);
    const items = await decodeRecords(codec, place.topic, records);
    for (const [index, event] of events.entries()) {
      const item = items[index];
      if (item !== undefined) folded.apply(item, range.incomplete ? "unknown" : event.previous);
      last = event;
    }
    if (read.length < PAGE) return { state: folded.state, last };
    from = (read.at(-1)?.record.offset ?? from) + 1;
  }
}
