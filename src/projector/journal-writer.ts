import { type TopicPartition, positionId } from "../model/position.ts";
import type { CollectionWrites, ReadModel } from "../read-model/read-model.ts";
import { type KeptEvent, journalEntry, journalOf } from "./journal.ts";
import { JOURNALS, type JournalReach, readReaches, storedReach } from "./journal-reach.ts";

/** Where a partition's projection stands when it begins to write journals. */
export interface JournalStart {
  readonly of: TopicPartition;
  /** The collections whose events are kept. */
  readonly collections: readonly string[];
  /** The offset of the next event to apply. */
  readonly next: number;
}

/** Writes the journals of one partition, each from its reach on, so that nothing is missing or written twice. */
export class JournalWriter {
  readonly #of: TopicPartition;
  readonly #reaches: Map<string, JournalReach>;
  /** Of those reaches, the ones that are stored. */
  readonly #stored: Set<string>;

  constructor({ of, collections, next }: JournalStart, stored: ReadonlyMap<string, JournalReach>) {
    this.#of = { topic: of.topic, partition: of.partition };
    this.#reaches = new Map(collections.map((collection) => [collection, resumed(stored.get(collection), next)]));
    this.#stored = new Set(stored.keys());
  }

  /**
   * What a batch adds, to be written in its transaction; `next` is the position behind it. `appliedAt`: where events were
   * applied that had to wait; default: at their own offsets.
   */
  writes(events: readonly KeptEvent[], next: number, appliedAt?: number): readonly CollectionWrites[] {
    if (this.#reaches.size === 0) return [];
    const byCollection = Map.groupBy(events, ({ collection }) => collection);
    const entries = [...this.#reaches].map(([collection, reach]) => ({
      ...NOTHING,
      collection: journalOf(collection),
      // What a projection that began anew applies again is there already.
      inserts: (byCollection.get(collection) ?? [])
        .filter(({ item }) => (appliedAt ?? item.record.offset) >= reach.next)
        .map((event) => journalEntry(event, appliedAt)),
    }));
    return [...entries, this.#reachWrites(next)];
  }

  /**
   * What events add that had waited, and are as if they had been applied at their own offsets. `there`: those that the
   * journals have already, for the projection began anew behind them, by the identifiers of {@link keptId}.
   */
  settled(events: readonly KeptEvent[], there: ReadonlySet<string>): readonly CollectionWrites[] {
    const missing = events.filter((event) => this.#reaches.has(event.collection) && !there.has(keptId(event)));
    return [...Map.groupBy(missing, ({ collection }) => collection)].map(([collection, own]) => ({
      ...NOTHING,
      collection: journalOf(collection),
      inserts: own.map((event) => journalEntry(event)),
    }));
  }

  /** The writes up to `next` were committed. */
  committed(next: number): void {
    for (const [collection, reach] of this.#reaches) {
      if (next <= reach.next) continue;
      this.#reaches.set(collection, { since: reach.since, next });
      this.#stored.add(collection);
    }
  }

  #reachWrites(next: number): CollectionWrites {
    const moved = [...this.#reaches].filter(([, reach]) => next > reach.next);
    const written = (isStored: boolean): CollectionWrites["inserts"] =>
      moved
        .filter(([collection]) => this.#stored.has(collection) === isStored)
        .map(([collection, { since }]) => storedReach(collection, this.#of, { since, next }));
    return { collection: JOURNALS, inserts: written(false), replacements: written(true), deletions: [] };
  }
}

/** What tells an event in the journal of a collection from all others. */
export function keptId({ collection, item }: KeptEvent): string {
  return `${collection}/${positionId(item.record)}`;
}

const NOTHING = { inserts: [], replacements: [], deletions: [] };

/** Reads how far the journals reach, to go on with them. */
export async function openJournals(readModel: Pick<ReadModel, "find">, start: JournalStart): Promise<JournalWriter> {
  return new JournalWriter(start, await readReaches(readModel, start.collections, start.of));
}

/** A journal that was not written up to where the projection stands begins anew: what lies between is missing. */
function resumed(stored: JournalReach | undefined, next: number): JournalReach {
  return stored === undefined || stored.next < next ? { since: next, next } : stored;
}
