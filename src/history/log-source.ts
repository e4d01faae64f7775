import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { PARKED_KEYS, parkedKeyId } from "../read-model/dead-letters.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { type Settlements, readSettlements, settledRecords } from "../read-model/settlement/settlements.ts";
import { type EventRange, type EventSource, type Reach, type StoredEvent, expiredAt } from "./event-source.ts";
import type { HistoryBudget } from "./history.ts";
import type { KeyPlace } from "./key-place.ts";

/** Whose events to read, and what with. */
export interface LogSourceOptions {
  readonly log: Pick<EventLog, "readKey" | "offsets" | "findsKeys">;
  readonly readModel: ReadModel;
  readonly aggregate: Aggregate;
  readonly id: string;
  readonly place: KeyPlace;
  readonly budget: HistoryBudget;
}

/** Events that are looked at together for one of a time. */
const PAGE = 500;

/**
 * Opens the event log at one key. What was not applied, for its key is parked, is left out; what was settled of a dead
 * letter takes the place of its event.
 */
export async function openLog(options: LogSourceOptions): Promise<EventSource> {
  const { log, readModel, aggregate, id, place } = options;
  const filter = { _id: parkedKeyId(aggregate.projection, place, id) };
  const [parked] = await readModel.find(PARKED_KEYS, { filter, limit: 1, fields: ["offset"] });
  const offset = parked?.["offset"];
  const ranges = log.findsKeys ? await log.offsets(place.topic) : [];
  const range = ranges[place.partition];
  const since = range?.gapless ?? range?.low ?? Number.POSITIVE_INFINITY;
  const reach = { since, complete: since === 0, expiredAt: expiredAt(aggregate.history?.ttlMs) };
  // Behind the parked key: what was settled by the time that it was freed is in it.
  const settlements = await readSettlements(readModel, { projection: aggregate.projection, of: place, key: id });
  const parkedAt = typeof offset === "number" ? offset : Number.POSITIVE_INFINITY;
  return new LogSource(options, reach, { parkedAt, settlements });
}

/** What was applied of a key's events. */
interface Applied {
  /** Those from this offset on were not. */
  readonly parkedAt: number;
  readonly settlements: Settlements;
}

class LogSource implements EventSource {
  readonly reach: Reach;
  readonly #options: LogSourceOptions;
  readonly #applied: Applied;

  constructor(options: LogSourceOptions, reach: Reach, applied: Applied) {
    this.#options = options;
    this.reach = reach;
    this.#applied = applied;
  }

  async read({ from, until, limit, newest }: EventRange): Promise<readonly StoredEvent[]> {
    const { log, id, place } = this.#options;
    const { topic, partition } = place;
    const { parkedAt, settlements } = this.#applied;
    const end = Math.min(until, parkedAt);
    if (from >= end || limit === 0) return [];
    const range = { topic, partition, key: id, from, until: end, newest };
    // As many more as may have been left out since.
    const { records, complete } = await log.readKey({ ...range, limit: limit + settlements.size });
    const applied = settledRecords(settlements, records);
    if (!complete && applied.length < limit) throw tooFar(this.#options.aggregate);
    const page = newest ? applied.slice(-limit) : applied.slice(0, limit);
    return page.map((record) => ({ record, previous: "unknown" }));
  }

  async newestAt(timestamp: number, until: number): Promise<StoredEvent | undefined> {
    const { budget, aggregate } = this.#options;
    for (let end = until; ;) {
      const events = await this.read({ from: 0, until: end, limit: PAGE, newest: true });
      const found = events.findLast(({ record }) => record.timestamp <= timestamp);
      const oldest = events[0];
      if (found !== undefined || oldest === undefined || events.length < PAGE) return found;
      spend(budget, events.length, aggregate);
      end = oldest.record.offset;
    }
  }
}

/** Takes events off what may be read. @throws EventQLError `LIMIT_EXCEEDED` where there is less left. */
export function spend(budget: HistoryBudget, events: number, { name }: Aggregate): void {
  budget.left -= events;
  if (budget.left >= 0) return;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `Too many events of ${name} would have to be read for this request: ask for less at once.`,
  );
}

function tooFar({ name, topic }: Aggregate): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The events of one ${name} lie among too many others on topic ${topic} to look for them: give an event type of ${name} ` +
      'the hint "history": true, and they are kept by their id from then on.',
  );
}
