import type { Aggregate } from "../catalog/types.ts";
import { isEventQLError } from "../errors.ts";
import { partitionId } from "../model/position.ts";
import type { Refold, RefoldRequest } from "../projector/refold.ts";
import type { EventSource } from "./event-source.ts";
import type { HistoryOptions } from "./create-history.ts";
import { foldEvents } from "./fold-events.ts";
import { JournalBatches, type JournalPlace } from "./journal-batches.ts";
import { openLog } from "./log-source.ts";

/** Makes what folds keys again for the projector: of the log, where that finds keys at once, else of the journal. */
export function createRefold(options: HistoryOptions): Refold {
  const journalAt = journalsByPlace(options);
  return async (request) => {
    const { aggregate, until, isInvalid, of: place } = request;
    const source = await sourceOf(options, request, journalAt);
    if (source?.reach.complete !== true) return { fault: { code: "HISTORY_GONE", reason: notKept(aggregate) } };
    const range = { until, isInvalid, incomplete: true, onRead: () => {} };
    try {
      const { state } = await foldEvents({ aggregate, place, source, codec: options.codec }, range);
      if (options.log.findsKeys && (await sourceOf(options, request, journalAt))?.reach.complete !== true)
        return { fault: { code: "HISTORY_GONE", reason: notKept(aggregate) } };
      return { document: state.known ? state.document : undefined };
    } catch (error) {
      if (!isEventQLError(error, "HISTORY_GONE")) throw error;
      return { fault: { code: error.code, reason: error.message } };
    }
  };
}

function notKept({ name }: Aggregate): string {
  return `Not all events of this ${name} are kept since its first one.`;
}

async function sourceOf(
  { log, readModel }: HistoryOptions,
  { aggregate, key: id, of, next }: RefoldRequest,
  journalAt: JournalAt,
): Promise<EventSource | undefined> {
  const { topic, partition } = of;
  const place = { topic, partition, next, positions: [], document: undefined };
  const budget = { left: Number.POSITIVE_INFINITY };
  if (log.findsKeys) return await openLog({ log, readModel, aggregate, id, place, budget });
  return aggregate.history && (await journalAt(aggregate, place).open(id));
}

type JournalAt = (aggregate: Aggregate, place: JournalPlace) => JournalBatches;

/** Thousands of keys of a partition are folded again at one place. */
function journalsByPlace({ readModel }: HistoryOptions): JournalAt {
  const journals = new Map<
    string,
    { readonly of: Aggregate; readonly next: number; readonly journal: JournalBatches }
  >();
  return (aggregate, { topic, partition, next }) => {
    const id = `${aggregate.collection}/${partitionId({ topic, partition })}`;
    const known = journals.get(id);
    if (known?.of === aggregate && known.next === next) return known.journal;
    const journal = new JournalBatches({ readModel, aggregate, place: { topic, partition, next } });
    journals.set(id, { of: aggregate, next, journal });
    return journal;
  };
}
