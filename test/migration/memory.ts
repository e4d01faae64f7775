import type { EventLog, RangeRecords, ReadRangeOptions } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";
import type { Search } from "../../src/migration/find-ids.ts";

/** A record of a log that is read only: its offset, and its id if it has one. */
export interface Sketched {
  readonly offset: number;
  readonly id?: string | undefined;
}

/** A log of one partition, of which at most `most` records are read at once. */
function logOf(records: readonly Sketched[], most = 7): Pick<EventLog, "readRange"> {
  const all = records.map(toRecord);
  return {
    async readRange({ from, until = Infinity, limit = most }: ReadRangeOptions): Promise<RangeRecords> {
      const rest = all.filter(({ offset }) => offset >= from && offset < until);
      const given = rest.slice(0, Math.min(limit, most));
      const complete = given.length === rest.length;
      const end = Math.min(until, (all.at(-1)?.offset ?? -1) + 1);
      return { records: given, complete, next: complete ? end : (given.at(-1)?.offset ?? from) + 1 };
    },
  };
}

export function searchOf(records: readonly Sketched[], most?: number): Search {
  return { log: logOf(records, most), idHeader: "ce_id", signal: new AbortController().signal };
}

function toRecord({ offset, id }: Sketched): LogRecord {
  const headers = id === undefined ? {} : { ce_id: id };
  return { topic: "t", partition: 0, offset, timestamp: 0, key: null, value: null, headers };
}
