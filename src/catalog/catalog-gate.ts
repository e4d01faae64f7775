import { setTimeout as delay } from "node:timers/promises";
import type { ErrorCode } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { EventCodec } from "./codec.ts";
import type { LiveCatalog } from "./live-catalog.ts";

/** What a gate needs of the catalog. */
export type GatedCatalog = Pick<LiveCatalog, "standingOf" | "refresh">;

/** What a partition waits for, and since when. */
export interface WaitingForCatalog {
  /** The schema, of a subject of the topic, that the catalog can't take over. */
  readonly schemaId: number;
  /** Of the first event that was written with it. */
  readonly offset: number;
  readonly since: Date;
}

/** What became of a record, as far as a gate looks at it. */
export interface GatedItem {
  readonly kind: string;
  readonly record: LogRecord;
  /** Of an event. */
  readonly writer?: { readonly schemaId: number };
  /** Of what can't be decoded. */
  readonly code?: ErrorCode;
  /** Of what can't be decoded: the schema that it was written with, where a newer catalog might read it. */
  readonly schemaId?: number | undefined;
}

/** A schema of a topic. */
export interface TopicSchema {
  readonly topic: string;
  readonly schemaId: number;
}

/** Records as items, in order, and the schemas that have to be fetched before all of them are known. */
export interface GatedBatch<Item extends GatedItem> {
  readonly items: readonly Item[];
  /** Not empty: decode again after `EventCodec.prepare` of each. */
  readonly unprepared: readonly TopicSchema[];
}

/** What a gate works with. */
export interface CatalogGateOptions<Item extends GatedItem> {
  readonly codec: Pick<EventCodec, "prepare">;
  readonly catalog: GatedCatalog;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly decode: (records: readonly LogRecord[]) => GatedBatch<Item>;
  /** Whose schemas the record was written with. Default: of the topic that it is on. */
  readonly topicOf?: (record: LogRecord) => string;
}

/** Events that may be applied. */
export interface Passed<Item extends GatedItem> {
  readonly items: readonly Item[];
  /** The position behind them. */
  readonly next: number;
}

/** How long, in ms, a partition waits between two looks at the registry: at first, and at the most. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** Schemas of no subject of the topic that are remembered, so that strangers can't fill the memory. */
const MAX_FOREIGN = 10_000;

/**
 * Lets the events of a partition pass as soon as the catalog knows the schemas that they were written with.
 *
 * A schema that the catalog isn't made of makes it read the registry. Where a subject of the topic has the schema, and the
 * catalog still can't take it over, its events and those behind them wait. Where none has, nothing will come: the event is
 * read by its type's name, or is a dead letter.
 */
export class CatalogGate<Item extends GatedItem> {
  readonly #options: CatalogGateOptions<Item>;
  readonly #topicOf: (record: LogRecord) => string;
  readonly #foreign = new Set<string>();
  #waiting: WaitingForCatalog | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: CatalogGateOptions<Item>) {
    this.#options = options;
    this.#topicOf = options.topicOf ?? (({ topic }) => topic);
  }

  /** Undefined: nothing is waited for. */
  get waiting(): WaitingForCatalog | undefined {
    return this.#waiting;
  }

  /** Resolves with at least one event that may be applied. @throws what the registry does, and when it is aborted. */
  async pass({
    records,
    next,
  }: {
    readonly records: readonly LogRecord[];
    readonly next: number;
  }): Promise<Passed<Item>> {
    const { codec, catalog, decode } = this.#options;
    let isFresh = false;
    for (;;) {
      const { items, unprepared } = decode(records);
      if (unprepared.length > 0) {
        for (const { topic, schemaId } of unprepared) await codec.prepare(topic, schemaId);
        continue;
      }
      const open = this.#firstOpen(items, isFresh);
      const item = items[open];
      if (item === undefined) return this.#goOn({ items, next });
      if (!isFresh) {
        await catalog.refresh();
        isFresh = true;
        this.#settle(items);
      } else if (open > 0) return this.#goOn({ items: items.slice(0, open), next: item.record.offset });
      else {
        await this.#wait(item);
        isFresh = false;
      }
    }
  }

  #firstOpen(items: readonly Item[], isFresh: boolean): number {
    let passed: GatedItem["writer"];
    return items.findIndex((item) => {
      // A writer is one object for each pair of a schema and an event type, which has a topic.
      if (item.writer !== undefined && item.writer === passed) return false;
      const isOpen = this.#isOpen(item, isFresh);
      if (item.writer !== undefined) passed = item.writer;
      return isOpen;
    });
  }

  /** Whether a look at the registry may change what becomes of the item. */
  #isOpen(item: Item, isFresh: boolean): boolean {
    const schemaId = schemaOf(item);
    if (schemaId === undefined) return false;
    const topic = this.#topicOf(item.record);
    const standing = this.#options.catalog.standingOf(topic, schemaId);
    if (standing === "withheld") return true;
    if (standing === "pending") return item.writer === undefined;
    if (isFresh) return false;
    if (item.writer === undefined) return item.code === "EVENT_TYPE_UNKNOWN" || standing === "foreign";
    return standing === "foreign" && !this.#foreign.has(`${schemaId} ${topic}`);
  }

  #settle(items: readonly Item[]): void {
    if (this.#foreign.size > MAX_FOREIGN) this.#foreign.clear();
    for (const item of items) {
      const schemaId = schemaOf(item);
      if (schemaId === undefined) continue;
      const topic = this.#topicOf(item.record);
      if (this.#options.catalog.standingOf(topic, schemaId) === "foreign") this.#foreign.add(`${schemaId} ${topic}`);
    }
  }

  async #wait(item: Item): Promise<void> {
    const { logger, signal } = this.#options;
    const { offset } = item.record;
    const schemaId = schemaOf(item) ?? 0;
    if (this.#waiting === undefined) {
      logger.warn(
        { offset, schemaId },
        "events wait until the catalog can take over the schema they were written with",
      );
    }
    this.#waiting = { schemaId, offset, since: this.#waiting?.since ?? new Date() };
    await delay(this.#pauseMs, undefined, { signal });
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
  }

  #goOn(passed: Passed<Item>): Passed<Item> {
    if (this.#waiting !== undefined)
      this.#options.logger.info({ ...this.#waiting }, "the catalog knows the schema: going on");
    this.#waiting = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
    return passed;
  }
}

function schemaOf({ writer, schemaId }: GatedItem): number | undefined {
  return writer === undefined ? schemaId : writer.schemaId;
}
