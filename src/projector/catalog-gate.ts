import { setTimeout as delay } from "node:timers/promises";
import type { EventCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { RecordBatch } from "../event-log/event-log.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type DecodedItem, decodeBatch } from "./decode-batch.ts";

/** What the projector needs of the catalog. */
export type ProjectedCatalog = Pick<LiveCatalog, "standingOf" | "refresh">;

/** What a partition waits for, and since when. */
export interface WaitingForCatalog {
  /** The schema, of a subject of the topic, that the catalog can't take over. */
  readonly schemaId: number;
  /** Of the first event that was written with it. */
  readonly offset: number;
  readonly since: Date;
}

/** What the gate works with. */
export interface CatalogGateOptions {
  readonly codec: EventCodec;
  readonly catalog: ProjectedCatalog;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Events that may be applied. */
export interface Passed {
  readonly items: readonly DecodedItem[];
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
export class CatalogGate {
  readonly #options: CatalogGateOptions;
  readonly #foreign = new Set<number>();
  #waiting: WaitingForCatalog | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: CatalogGateOptions) {
    this.#options = options;
  }

  /** Undefined: nothing is waited for. */
  get waiting(): WaitingForCatalog | undefined {
    return this.#waiting;
  }

  /** Resolves with at least one event that may be applied. @throws what the registry does, and when it is aborted. */
  async pass({ topic, records, next }: RecordBatch): Promise<Passed> {
    const { codec, catalog } = this.#options;
    let isFresh = false;
    for (;;) {
      const { items, unprepared } = decodeBatch(codec, topic, records);
      if (unprepared.size > 0) {
        for (const schemaId of unprepared) await codec.prepare(topic, schemaId);
        continue;
      }
      const open = this.#firstOpen(topic, items, isFresh);
      const item = items[open];
      if (item === undefined) return this.#goOn({ items, next });
      if (!isFresh) {
        await catalog.refresh();
        isFresh = true;
        this.#settle(topic, items);
      } else if (open > 0) return this.#goOn({ items: items.slice(0, open), next: item.record.offset });
      else {
        await this.#wait(item);
        isFresh = false;
      }
    }
  }

  #firstOpen(topic: string, items: readonly DecodedItem[], isFresh: boolean): number {
    let passed: number | undefined;
    return items.findIndex((item) => {
      if (item.kind === "event" && item.writer.schemaId === passed) return false;
      const isOpen = this.#isOpen(topic, item, isFresh);
      if (item.kind === "event") passed = item.writer.schemaId;
      return isOpen;
    });
  }

  /** Whether a look at the registry may change what becomes of the item. */
  #isOpen(topic: string, item: DecodedItem, isFresh: boolean): boolean {
    const schemaId = schemaOf(item);
    if (schemaId === undefined) return false;
    const standing = this.#options.catalog.standingOf(topic, schemaId);
    if (standing === "withheld") return true;
    if (isFresh) return false;
    if (item.kind === "bad") return item.code === "EVENT_TYPE_UNKNOWN" || standing === "foreign";
    return standing === "foreign" && !this.#foreign.has(schemaId);
  }

  #settle(topic: string, items: readonly DecodedItem[]): void {
    if (this.#foreign.size > MAX_FOREIGN) this.#foreign.clear();
    for (const item of items) {
      const schemaId = schemaOf(item);
      if (schemaId === undefined) continue;
      if (this.#options.catalog.standingOf(topic, schemaId) === "foreign") this.#foreign.add(schemaId);
    }
  }

  async #wait(item: DecodedItem): Promise<void> {
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

  #goOn(passed: Passed): Passed {
    if (this.#waiting !== undefined)
      this.#options.logger.info({ ...this.#waiting }, "the catalog knows the schema: going on");
    this.#waiting = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
    return passed;
  }
}

function schemaOf(item: DecodedItem): number | undefined {
  if (item.kind === "event") return item.writer.schemaId;
  return item.kind === "bad" ? item.schemaId : undefined;
}
