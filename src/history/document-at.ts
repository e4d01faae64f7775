import type { EventCodec } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import { metaOf } from "../model/meta.ts";
import type { Invalidation } from "../projector/invalidations.ts";
import { invalidatedMeta } from "../projector/plan-key.ts";
import type { StoredDocument } from "../read-model/read-model.ts";
import { type EventSource, type StoredEvent, hasExpired } from "./event-source.ts";
import { foldEvents } from "./fold-events.ts";
import type { HistoryOf, Moment } from "./history.ts";
import { type KeyPlace, versionOf } from "./key-place.ts";
import { spend } from "./log-source.ts";
import type { ReplayState } from "./replay.ts";
import type { Timeline } from "./timeline.ts";

/** A key whose past is asked for. */
export interface Past {
  readonly of: HistoryOf;
  readonly place: KeyPlace;
  readonly source: EventSource;
  readonly timeline: Timeline;
  readonly codec: EventCodec;
}

/** The document as it was at a moment. @throws EventQLError as `History.documentAt`. */
export async function documentAt(past: Past, moment: Moment): Promise<StoredDocument | undefined> {
  const { of, place } = past;
  if ("offset" in moment) {
    if (moment.offset >= place.next) throw notYetProjected(of.aggregate, moment.offset);
    return await documentBehind(past, moment.offset);
  }
  return await documentAtTime(past, moment.timestamp);
}

/** The state behind the last event up to an offset. */
async function documentBehind(past: Past, offset: number): Promise<StoredDocument | undefined> {
  const { of, place, source, timeline } = past;
  // Nothing has changed it since.
  if ((versionOf(place.document) ?? Number.POSITIVE_INFINITY) <= offset) return place.document;
  const standing = timeline.at(offset);
  const { state, last } = await foldEvents(
    { aggregate: of.aggregate, place, source, codec: past.codec },
    {
      ...standing,
      incomplete: standing.last !== undefined,
      onRead: (events) => spend(of.budget, events, of.aggregate),
    },
  );
  if (standing.last !== undefined) return foldedAgain(past, state, standing.last);
  if (last !== undefined && hasExpired(last, source.reach)) throw gone(of.aggregate);
  return proven(past, state, { offset, any: last !== undefined, version: await versionBehind(past, offset) });
}

/** The document of the events that counted behind an invalidation, none of which may be missing. */
function foldedAgain({ of, source }: Past, state: ReplayState, last: Invalidation): StoredDocument | undefined {
  if (!source.reach.complete || !state.known) throw gone(of.aggregate);
  const { document } = state;
  const meta = metaOf(document?.["_meta"]);
  if (document === undefined || meta === undefined || meta.offset > last.offset) return document;
  return { ...document, _meta: { ...invalidatedMeta(meta, { offset: last.offset, timestamp: last.at }) } };
}

async function documentAtTime(past: Past, timestamp: number): Promise<StoredDocument | undefined> {
  const { of, place, source, timeline } = past;
  const { expiredAt } = source.reach;
  const updated = metaOf(place.document?.["_meta"])?.updated;
  if (updated !== undefined && updated.getTime() <= timestamp) return place.document;
  if (expiredAt !== undefined && timestamp <= expiredAt) throw gone(of.aggregate);
  const newest = await source.newestAt(timestamp, place.next);
  const changes = [newest?.record.offset, timeline.newestAt(timestamp, place.next)?.offset];
  const [first, ...others] = changes.filter((offset) => offset !== undefined);
  if (first !== undefined) return await documentBehind(past, Math.max(first, ...others));
  // Every event that is kept came later: there was nothing, if none is missing.
  const version = await versionBehind(past, -1);
  if (source.reach.since === 0 && (version === undefined || version === "unknown")) return undefined;
  throw gone(of.aggregate);
}

/**
 * What is known of the document's version before the first event behind an offset: by that event, or as it is now. The
 * document was read before: an event that has changed it since is found.
 */
async function versionBehind({ place, source, timeline }: Past, offset: number): Promise<StoredEvent["previous"]> {
  const [next] = await source.read({ from: offset + 1, until: Number.MAX_SAFE_INTEGER, limit: 1, newest: false });
  if (timeline.hides(next?.record, offset)) return "unknown";
  return next === undefined ? versionOf(place.document) : next.previous;
}

/** What was found around an offset. */
interface Findings {
  readonly offset: number;
  /** Whether there are events up to it. */
  readonly any: boolean;
  /** The document's version as what comes behind it tells. */
  readonly version: StoredEvent["previous"];
}

/** The document that was folded, where nothing that is missing can have changed it. */
function proven(
  { of, source }: Past,
  state: ReplayState,
  { offset, any, version }: Findings,
): StoredDocument | undefined {
  const { since, expiredAt } = source.reach;
  if (version === "unknown") {
    if (state.known) return state.document;
    throw gone(of.aggregate);
  }
  if (state.known && state.document !== undefined) {
    if (versionOf(state.document) === version) return state.document;
    throw gone(of.aggregate);
  }
  // Absent: what was made and deleted within a gap would leave no trace.
  const isCovered = offset >= since && (state.known || (!any && expiredAt === undefined));
  if (isCovered && version === undefined) return undefined;
  throw gone(of.aggregate);
}

function notYetProjected({ name }: Aggregate, offset: number): EventQLError {
  return new EventQLError(
    "NOT_YET_PROJECTED",
    `Offset ${offset} of the partition of this ${name} is not applied yet: ask again, or for an earlier one.`,
    { details: { offset } },
  );
}

/** The error for what can't be told any more, or never could. */
export function gone({ name, history }: Aggregate): EventQLError {
  const remedy =
    history === undefined
      ? `give an event type of ${name} the hint "history": true, and it can be told from then on`
      : "ask for a later moment";
  return new EventQLError(
    "HISTORY_GONE",
    `The history of this ${name} does not reach back far enough to tell what it was then: ${remedy}.`,
  );
}
