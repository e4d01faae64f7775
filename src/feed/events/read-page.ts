import pMap from "p-map";
import type { EventCodec } from "../../catalog/codec.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog, OffsetRange, RangeRecords } from "../../event-log/event-log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { EventItem, EventPage, EventPageRequest } from "../event-feed.ts";
import { readCursor, resumeAt, toCursor } from "./cursor.ts";
import { EventDecoder, type KeyedEvent } from "./event-decoder.ts";
import { toEventItem } from "./event-item.ts";

/** What a page is read from. */
export interface PageSource {
  readonly log: Pick<EventLog, "offsets" | "readRange">;
  readonly codec: EventCodec;
  readonly logger: Logger;
}

/** Records that one page may look through: of other keys, of other types. */
const MAX_SCANNED = 50_000;
/** How many records of a partition are looked through at a time where only some keys are wanted. */
const SCAN_STEP = 5_000;
/** How long the registry is waited for, in ms. */
const SCHEMA_MS = 15_000;
const CONCURRENCY = 8;

/** What was read of a partition. */
interface Part {
  readonly partition: number;
  readonly events: readonly KeyedEvent[];
  readonly scanned: number;
  readonly next: number;
  readonly complete: boolean;
}

/** See `EventFeed.page`. */
export async function readPage(source: PageSource, request: EventPageRequest): Promise<EventPage> {
  const { topic, after, limit } = request;
  const ranges = await source.log.offsets(topic);
  const next = after === undefined ? ranges.map(({ low }) => low) : resumeAt(readCursor(after, topic), topic, ranges);
  const reader = new PageReader(source, request, ranges, next);
  const items: EventItem[] = [];
  while (reader.hasMore && items.length < limit && reader.scanned < MAX_SCANNED) {
    const before = reader.progress;
    items.push(...(await reader.round(limit - items.length)));
    // The log gave nothing in time: the caller may ask again.
    if (reader.progress === before) break;
  }
  return { items, cursor: toCursor(topic, next), more: reader.hasMore };
}

/** Reads all partitions side by side, each the same share: none waits for another that is long. */
class PageReader {
  readonly #source: PageSource;
  readonly #request: EventPageRequest;
  readonly #ranges: readonly OffsetRange[];
  /** The next offset of each partition; it moves. */
  readonly #next: number[];
  readonly #open: Set<number>;
  scanned = 0;

  constructor(source: PageSource, request: EventPageRequest, ranges: readonly OffsetRange[], next: number[]) {
    this.#source = source;
    this.#request = request;
    this.#ranges = ranges;
    this.#next = next;
    this.#open = new Set(
      [...next.keys()].filter((partition) => (next[partition] ?? 0) < (ranges[partition]?.high ?? 0)),
    );
  }

  /** Whether some partition was not read to its end. */
  get hasMore(): boolean {
    return this.#open.size > 0;
  }

  /** A number that grows as long as there is progress. */
  get progress(): number {
    return this.#next.reduce((sum, next) => sum + next, this.#ranges.length - this.#open.size);
  }

  /** Reads on in each partition; at most `wanted` events. */
  async round(wanted: number): Promise<readonly EventItem[]> {
    const partitions = [...this.#open];
    const share = Math.ceil(wanted / partitions.length);
    const parts = await pMap(partitions, async (partition) => await this.#read(partition, share), {
      concurrency: CONCURRENCY,
    });
    const events = inTime(parts).slice(0, wanted);
    const items = events.map((event) => {
      const { partition, offset } = event.record;
      const item = toEventItem(event, [...this.#next]);
      this.#next[partition] = offset + 1;
      return item;
    });
    const taken = new Set(events);
    for (const part of parts) this.#settle(part, taken);
    return items;
  }

  /** A partition of which everything was taken goes on behind what was looked at; another one before what was left. */
  #settle({ partition, events, scanned, next, complete }: Part, taken: ReadonlySet<KeyedEvent>): void {
    this.scanned += scanned;
    const left = events.find((event) => !taken.has(event));
    if (left !== undefined) this.#next[partition] = left.record.offset;
    else this.#next[partition] = Math.max(next, this.#next[partition] ?? 0);
    if (left === undefined && complete) this.#open.delete(partition);
  }

  async #read(partition: number, share: number): Promise<Part> {
    const { log } = this.#source;
    const { topic, ids } = this.#request;
    const from = this.#next[partition] ?? 0;
    const until = this.#ranges[partition]?.high ?? from;
    const limit = ids === undefined ? share : Math.max(share, SCAN_STEP);
    const range = await log.readRange({ topic, partition, from, until, limit });
    const { records, next, complete } = range;
    return { partition, events: await this.#decode(range), scanned: records.length, next, complete };
  }

  async #decode({ records }: RangeRecords): Promise<readonly KeyedEvent[]> {
    const { codec, logger } = this.#source;
    const { topic, ids, eventTypes, tombstones } = this.#request;
    const signal = AbortSignal.timeout(SCHEMA_MS);
    const decoder = new EventDecoder({ codec, topic, logger, signal });
    const wants = (id: string): boolean => ids?.has(id) ?? true;
    const isWanted = ({ event }: KeyedEvent): boolean =>
      event === undefined ? tombstones : (eventTypes?.has(event.writer.eventType.fullName) ?? true);
    try {
      return await decoder.decode(records, wants, (events) => events.filter(isWanted));
    } catch (error) {
      throw signal.aborted ? noSchemas(topic, error) : error;
    }
  }
}

/** Merges what was read by time; what is of one partition keeps its order. */
function inTime(parts: readonly Part[]): readonly KeyedEvent[] {
  return parts
    .flatMap(({ events }) => {
      let time = Number.NEGATIVE_INFINITY;
      return events.map((event) => ({ event, time: (time = Math.max(time, event.record.timestamp)) }));
    })
    .toSorted((a, b) => a.time - b.time)
    .map(({ event }) => event);
}

function noSchemas(topic: string, cause: unknown): EventQLError {
  return new EventQLError(
    "REGISTRY_UNAVAILABLE",
    `The schemas of the events of topic "${topic}" could not be had within ${SCHEMA_MS} ms: try again later.`,
    { cause, details: { topic } },
  );
}
