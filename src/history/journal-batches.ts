import DataLoader from "dataloader";
import type { Aggregate } from "../catalog/types.ts";
import type { TopicPartition } from "../model/position.ts";
import { journalOf, readJournalEntry } from "../projector/journal.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { EventSource, Reach, StoredEvent } from "./event-source.ts";
import { journalReach, journalSource } from "./journal-source.ts";

/** Where a projection stands. */
export interface JournalPlace extends TopicPartition {
  readonly next: number;
}

/** What a journal is read with. */
export interface JournalBatchesOptions {
  readonly readModel: ReadModel;
  readonly aggregate: Aggregate;
  readonly place: JournalPlace;
}

/** Keys that are read at once, and their events: where they have more, each is read by itself. */
const KEYS = 200;
const EVENTS = 5_000;

/** A journal at many keys, while the projection stands at one place: short histories are read together. */
export class JournalBatches {
  readonly #options: JournalBatchesOptions;
  readonly #loader: DataLoader<string, readonly StoredEvent[] | undefined>;
  #reach: Reach | undefined;

  constructor(options: JournalBatchesOptions) {
    this.#options = options;
    this.#loader = new DataLoader(async (keys) => await this.#read(keys), { maxBatchSize: KEYS, cache: false });
  }

  /** Opens the journal at a key. */
  async open(id: string): Promise<EventSource> {
    const { readModel, aggregate, place } = this.#options;
    this.#reach ??= await journalReach(this.#options);
    const ofKey = { ...place, positions: [], document: undefined };
    const own = journalSource({ readModel, aggregate, id, place: ofKey, causal: false }, this.#reach);
    return {
      reach: own.reach,
      newestAt: async (timestamp, until) => await own.newestAt(timestamp, until),
      read: async (range) => {
        if (range.from > 0 || range.newest) return await own.read(range);
        const events = await this.#loader.load(id);
        if (events === undefined) return await own.read(range);
        return events.filter(({ record }) => record.offset < range.until).slice(0, range.limit);
      },
    };
  }

  async #read(keys: readonly string[]): Promise<(readonly StoredEvent[] | undefined)[]> {
    const { readModel, aggregate, place } = this.#options;
    const filter = { key: { $in: [...keys] }, partition: place.partition };
    const found = await readModel.find(journalOf(aggregate.collection), { filter, limit: EVENTS });
    if (found.length === EVENTS) return keys.map(() => undefined);
    const byKey = Map.groupBy(found, ({ key }) => key);
    return keys.map((key) => {
      const events = (byKey.get(key) ?? []).flatMap((entry) => readJournalEntry(entry) ?? []);
      return events.toSorted((a, b) => a.record.offset - b.record.offset);
    });
  }
}
