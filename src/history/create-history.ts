import type { EventCodec } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { readInvalidations } from "../projector/invalidations.ts";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";
import { documentAt, gone } from "./document-at.ts";
import type { EventSource } from "./event-source.ts";
import { eventsPage } from "./events-page.ts";
import type { EventsPage, EventsRequest, History, HistoryOf, Moment } from "./history.ts";
import { openJournal } from "./journal-source.ts";
import { type KeyPlace, findPlace } from "./key-place.ts";
import { openLog } from "./log-source.ts";
import { Timeline } from "./timeline.ts";

/** What histories are read from. */
export interface HistoryOptions {
  readonly log: Pick<EventLog, "readKey" | "offsets" | "findsKeys">;
  readonly readModel: ReadModel;
  readonly codec: EventCodec;
  /** How many keys may be looked for in the log at a time, where it can't find them at once. Default 4. */
  readonly maxScans?: number;
}

/**
 * Makes the reading of histories: from the log, where that finds keys at once; else from the journal of an aggregate that
 * has one; else, events alone, by looking through a part of the log.
 */
export function createHistory(options: HistoryOptions): History {
  return new KeptHistories(options);
}

class KeptHistories implements History {
  readonly #options: HistoryOptions;
  #scans = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  async events(request: EventsRequest): Promise<EventsPage> {
    const { codec } = this.#options;
    const place = await this.#place(request);
    if (place === undefined) return { events: [], more: false, positions: [] };
    return await this.#scanning(request.aggregate, async () => {
      const source = await this.#source(request, place);
      const timeline = await this.#timeline(request, place);
      return await eventsPage(request, { place, source, timeline, codec });
    });
  }

  async documentAt(of: HistoryOf, moment: Moment): Promise<StoredDocument | undefined> {
    const { codec, log } = this.#options;
    if (!log.findsKeys && of.aggregate.history === undefined) throw gone(of.aggregate);
    const place = await this.#place(of);
    if (place === undefined) return nothingApplied(of.aggregate, moment);
    const timeline = await this.#timeline(of, place);
    for (;;) {
      const source = await this.#source(of, place);
      const document = await documentAt({ of, place, source, timeline, codec }, moment);
      if (await this.#isStillThere(source, of, place)) return document;
    }
  }

  /** A log removes records at any time: those of before its new beginning may have been missing already. */
  async #isStillThere({ reach }: EventSource, of: HistoryOf, place: KeyPlace): Promise<boolean> {
    if (!this.#options.log.findsKeys) return true;
    return (await this.#source(of, place)).reach.since === reach.since;
  }

  /** Is read behind what is parked: what isn't any more, is in it. */
  async #timeline({ aggregate, id, causal }: HistoryOf, place: KeyPlace): Promise<Timeline> {
    const of = { ...place, projection: aggregate.projection };
    return new Timeline(id, await readInvalidations(this.#options.readModel, of, [id], { causal }));
  }

  async #place(of: HistoryOf): Promise<KeyPlace | undefined> {
    const { readModel } = this.#options;
    return await findPlace(readModel, of, this.#isJournaled(of.aggregate));
  }

  async #source(of: HistoryOf, place: KeyPlace): Promise<EventSource> {
    const options = { ...this.#options, ...of, place };
    return this.#isJournaled(of.aggregate) ? await openJournal(options) : await openLog(options);
  }

  #isJournaled({ history }: Aggregate): boolean {
    return !this.#options.log.findsKeys && history !== undefined;
  }

  /** Runs what may look through the log, unless too much of that is going on. */
  async #scanning<T>(aggregate: Aggregate, read: () => Promise<T>): Promise<T> {
    const { log, maxScans = 4 } = this.#options;
    if (log.findsKeys || aggregate.history !== undefined) return await read();
    if (this.#scans >= maxScans) throw tooManyScans(aggregate, maxScans);
    this.#scans += 1;
    try {
      return await read();
    } finally {
      this.#scans -= 1;
    }
  }
}

function nothingApplied({ name }: Aggregate, moment: Moment): undefined {
  if ("timestamp" in moment) return undefined;
  throw new EventQLError("NOT_YET_PROJECTED", `No event of any ${name} is applied yet: ask again later.`);
}

function tooManyScans({ name }: Aggregate, maxScans: number): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `${maxScans} requests look through the log for events already: try again, or give an event type of ${name} the hint ` +
      '"history": true, and its events are found at once.',
  );
}
