import type { Aggregate } from "../catalog/types.ts";
import { journalOf, readJournalEntry } from "../projector/journal.ts";
import { readReaches } from "../projector/journal-reach.ts";
import type { Filter, FindOptions, ReadModel } from "../read-model/read-model.ts";
import { type EventRange, type EventSource, type Reach, type StoredEvent, expiredAt } from "./event-source.ts";
import type { KeyPlace } from "./key-place.ts";

/** Whose events to read, and what with. */
export interface JournalSourceOptions {
  readonly readModel: ReadModel;
  readonly aggregate: Aggregate;
  readonly id: string;
  readonly place: KeyPlace;
  readonly causal: boolean;
}

/** Opens the journal that the projector keeps of an aggregate, at one key. */
export async function openJournal(options: JournalSourceOptions): Promise<EventSource> {
  const { readModel, aggregate, place } = options;
  const reaches = await readReaches(readModel, [aggregate.collection], place);
  const { since: begun, next } = reaches.get(aggregate.collection) ?? { since: 0, next: 0 };
  // One that ends before the projection's place was written by a configuration that is no more.
  const since = next < place.next ? Number.POSITIVE_INFINITY : begun;
  const expired = expiredAt(aggregate.history?.ttlMs);
  return new JournalSource(options, { since, complete: since === 0 && expired === undefined, expiredAt: expired });
}

class JournalSource implements EventSource {
  readonly reach: Reach;
  readonly #options: JournalSourceOptions;

  constructor(options: JournalSourceOptions, reach: Reach) {
    this.#options = options;
    this.reach = reach;
  }

  async read({ from, until, limit, newest }: EventRange): Promise<readonly StoredEvent[]> {
    const filter = { offset: { $gte: from, $lt: until }, ...this.#kept({}) };
    const events = await this.#find({ filter, limit, sort: { offset: newest ? -1 : 1 } });
    return newest ? events.toReversed() : events;
  }

  async newestAt(timestamp: number, until: number): Promise<StoredEvent | undefined> {
    const filter = { offset: { $lt: until }, ...this.#kept({ $lte: new Date(timestamp) }) };
    const [event] = await this.#find({ filter, limit: 1, sort: { offset: -1 } });
    return event;
  }

  /** The store removes what has expired in its own time. */
  #kept(timestamp: Filter): Filter {
    const { expiredAt } = this.reach;
    const condition = expiredAt === undefined ? timestamp : { ...timestamp, $gt: new Date(expiredAt) };
    return Object.keys(condition).length === 0 ? {} : { timestamp: condition };
  }

  async #find({ filter, ...page }: FindOptions): Promise<readonly StoredEvent[]> {
    const { readModel, aggregate, id, place, causal } = this.#options;
    const ofKey = { key: id, partition: place.partition, ...filter };
    const entries = await readModel.find(journalOf(aggregate.collection), { ...page, filter: ofKey, causal });
    return entries.flatMap((entry) => readJournalEntry(entry) ?? []);
  }
}
