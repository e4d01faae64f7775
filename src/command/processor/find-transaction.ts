import { INVALIDATION_TYPE } from "../../catalog/invalidation-event.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { HEADER, type LogRecord } from "../../model/event.ts";
import { type Range, readLog } from "./read-log.ts";

/** Records that are looked at one after another rather than halved further. */
const FEW = 1_000;

/** Records that a look at the middle reads at once, until it meets an event of a transaction. */
const LOOK = 200;

/**
 * Finds the events of a transaction in a partition of events, by their headers alone: the ids of transactions increase
 * along the partition, for it has one writer, which appends in the order of the commands. So it is found by halving,
 * however long ago it was.
 */
export async function findTransaction(
  log: Pick<EventLog, "readRange">,
  range: Range,
  transaction: number,
  signal: AbortSignal,
): Promise<readonly LogRecord[]> {
  let { from, until } = range;
  while (until - from > FEW) {
    const middle = Math.floor((from + until) / 2);
    const met = await firstTransactional(log, { ...range, from: middle, until }, signal);
    if (met !== undefined && met.id < transaction) from = met.offset + 1;
    else until = middle;
  }
  const found: LogRecord[] = [];
  for await (const records of readLog(log, { ...range, from }, signal, FEW)) {
    for (const record of records) {
      const id = idOf(record);
      if (id === transaction) found.push(record);
      else if (id !== undefined && id > transaction) return found;
    }
  }
  return found;
}

async function firstTransactional(
  log: Pick<EventLog, "readRange">,
  range: Range,
  signal: AbortSignal,
): Promise<{ readonly id: number; readonly offset: number } | undefined> {
  for await (const records of readLog(log, range, signal, LOOK)) {
    for (const record of records) {
      const id = idOf(record);
      if (id !== undefined) return { id, offset: record.offset };
    }
  }
  return undefined;
}

/** The transaction that an event belongs to; one that makes a transaction invalid belongs to none. */
function idOf({ headers }: LogRecord): number | undefined {
  const id = headers[HEADER.transaction];
  return id === undefined || headers[HEADER.type] === INVALIDATION_TYPE ? undefined : Number(id);
}
