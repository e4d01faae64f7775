import type { EventCodec } from "../catalog/codec.ts";
import { type BatchItem, decodeRecords } from "../projector/decode-batch.ts";
import { type EventSource, type StoredEvent, hasExpired } from "./event-source.ts";
import type { EventInvalidation } from "../model/event-invalidation.ts";
import type { Invalidation } from "../projector/invalidations.ts";
import type { EventsPage, EventsRequest, HistoryEvent } from "./history.ts";
import type { KeyPlace } from "./key-place.ts";
import { spend } from "./log-source.ts";
import type { Timeline } from "./timeline.ts";

/** What a page is read from. */
interface PageSource {
  readonly place: KeyPlace;
  readonly source: EventSource;
  readonly timeline: Timeline;
  readonly codec: EventCodec;
}

/** Read at once at least: among them may be events of other aggregates. */
const MIN_READ = 20;

/** Reads a page of a key's events. */
export async function eventsPage(
  request: EventsRequest,
  { place, source, timeline, codec }: PageSource,
): Promise<EventsPage> {
  const { aggregate, limit, newest, after, before, budget } = request;
  const types = new Set(aggregate.eventTypes.map(({ fullName }) => fullName));
  let from = after === undefined ? 0 : after + 1;
  let until = Math.min(before ?? place.next, place.next);
  const found: HistoryEvent[] = [];
  while (from < until && found.length <= limit) {
    const wanted = Math.max(limit + 1 - found.length, MIN_READ);
    const stored = await source.read({ from, until, limit: wanted, newest });
    spend(budget, stored.length, aggregate);
    const events = shownOf(await decoded(codec, place.topic, stored, source), types, timeline);
    if (newest) found.unshift(...events);
    else found.push(...events);
    if (stored.length < wanted) break;
    if (newest) until = stored[0]?.record.offset ?? from;
    else from = (stored.at(-1)?.record.offset ?? until) + 1;
  }
  const events = newest ? found.slice(Math.max(0, found.length - limit)) : found.slice(0, limit);
  return { events, more: found.length > limit, positions: place.positions };
}

async function decoded(
  codec: EventCodec,
  topic: string,
  stored: readonly StoredEvent[],
  { reach }: EventSource,
): Promise<readonly BatchItem[]> {
  const kept = stored.filter((event) => !hasExpired(event, reach));
  return await decodeRecords(
    codec,
    topic,
    kept.map(({ record }) => record),
  );
}

/** What can't be decoded any more, and events of other aggregates, are left out. */
function shownOf(items: readonly BatchItem[], types: ReadonlySet<string>, timeline: Timeline): readonly HistoryEvent[] {
  return items.flatMap((item): readonly HistoryEvent[] => {
    if (item.kind === "bad") return [];
    const { key: id, record } = item;
    const invalidation = timeline.invalidationOf(record);
    const place = invalidation === undefined ? { id, record } : { id, record, invalidated: shown(invalidation) };
    if (item.kind === "tombstone") return [{ ...place, event: undefined }];
    const { writer, payload } = item;
    return types.has(writer.eventType.fullName) ? [{ ...place, event: { status: "decoded", writer, payload } }] : [];
  });
}

function shown({ reason, at, offset }: Invalidation): EventInvalidation {
  return { reason, at: new Date(at), offset };
}
