import type { Aggregate } from "../catalog/types.ts";
import { journalOf, readJournalEntry } from "../projector/journal.ts";
import { readReaches } from "../projector/journal-reach.ts";
import type { TopicPartition } from "../model/position.ts";
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
  return journalSource(options, await journalReach(options));
}

/** Opens a journal whose reach is known. */
export function journalSource(options: JournalSourceOptions, reach: Reach): EventSource {
  return new JournalSource(options, reach);
}

/** How far back the journal of an aggregate goes in a partition whose projection stands at `place.next`. */
export async function journalReach({
  readModel,
  aggregate,
  place,
}: Pick<JournalSourceOptions, "readModel" | "aggregate"> & {
  readonly place: TopicPartition & Pick<KeyPlace, "next">;
}): Promise<Reach> {
  const reaches = await readReaches(readModel, [aggregate.collection], place);
  const { since: begun, next } = reaches.get(aggregate.collection) ?? { since: 0, next: 0 };
  // One that ends before the projection's place was written by a configuration that is no more.
  const since = next < place.next ? Number.POSITIVE_INFINITY : begun;
  const expired = expiredAt(aggregate.history?.ttlMs);
  return { since, complete: since === 0 && expired === undefined, expiredAt: expired };
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
    // What is applied, behind the place, at another offset than its own isn't there yet.
    const late = { $nor: [{ late: { $gte: place.next } }] };
    const ofKey = { key: id, partition: place.partition, ...filter, ...late };
    const entries = await readModel.find(journalOf(aggregate.collection), { ...page, filter: ofKey, causal });
    return entries.flatMap((entry) => readJournalEntry(entry) ?? []);
  }
}
