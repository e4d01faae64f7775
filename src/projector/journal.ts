import type { Aggregate } from "../catalog/types.ts";
import type { LogRecord } from "../model/event.ts";
import { positionId } from "../model/position.ts";
import type { CollectionSpec, StoredDocument } from "../read-model/read-model.ts";
import { headersOf, storedHeaders } from "../read-model/stored-record.ts";
import type { EventItem, TombstoneItem } from "./decode-batch.ts";
import { JOURNALS } from "./journal-reach.ts";

/** An event that was applied, or a deletion, as the journal of an aggregate keeps it. */
export interface KeptEvent {
  /** The collection of the aggregate's documents. */
  readonly collection: string;
  readonly item: EventItem | TombstoneItem;
  /** The offset of the event that had changed the key's document last; undefined: there was no document. */
  readonly previous: number | undefined;
}

/** The collection of the events that made the documents of another one. */
export function journalOf(collection: string): string {
  return `eventql_journal_${collection}`;
}

/** The collections of the aggregates' journals, and of how far they reach. */
export function journalCollections(aggregates: readonly Aggregate[]): readonly CollectionSpec[] {
  const journals = aggregates.flatMap(({ collection, history }): CollectionSpec[] => {
    if (history === undefined) return [];
    const { ttlMs } = history;
    const expire = ttlMs === undefined ? "never" : { field: "timestamp", afterMs: ttlMs };
    return [{ name: journalOf(collection), indexes: [{ key: 1, partition: 1, offset: 1 }], expire }];
  });
  return journals.length === 0 ? [] : [{ name: JOURNALS }, ...journals];
}

/**
 * The stored form of an event: its place, the record as it is, and what stood before it. `late`: the offset that it was
 * applied at, where that isn't its own.
 */
export function journalEntry({ item, previous }: KeptEvent, late?: number): StoredDocument {
  const { record, key } = item;
  const { topic, partition, offset, timestamp, value, headers } = record;
  const writer = item.kind === "event" ? item.writer : undefined;
  return {
    _id: positionId(record),
    key,
    topic,
    partition,
    offset,
    timestamp: new Date(timestamp),
    type: writer?.eventType.fullName ?? null,
    schemaId: writer?.schemaId ?? null,
    value,
    headers: storedHeaders(headers),
    ...(previous === undefined ? {} : { previous }),
    ...(late === undefined ? {} : { late }),
  };
}

/** An entry of a journal, read back. */
export interface JournalEntry {
  readonly record: LogRecord;
  readonly previous: number | undefined;
}

/** Reads what {@link journalEntry} made; undefined where it is something else. */
export function readJournalEntry(stored: StoredDocument): JournalEntry | undefined {
  const { key, topic, partition, offset, timestamp, value = null, previous } = stored;
  if (typeof key !== "string" || typeof topic !== "string" || !(timestamp instanceof Date)) return undefined;
  if (typeof partition !== "number" || typeof offset !== "number") return undefined;
  if (value !== null && !(value instanceof Uint8Array)) return undefined;
  const headers = headersOf(stored["headers"]);
  const record = { topic, partition, offset, timestamp: timestamp.getTime(), key: Buffer.from(key), value, headers };
  return { record, previous: typeof previous === "number" ? previous : undefined };
}
