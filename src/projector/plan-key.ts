import { INVALIDATION_TYPE } from "../catalog/invalidation-event.ts";
import { type Meta, metaOf } from "../model/meta.ts";
import { positionId } from "../model/position.ts";
import { transactionOf } from "../model/transaction-id.ts";
import type { StoredDocument } from "../read-model/read-model.ts";
import {
  type Fault,
  type StoredLetter,
  deadLetter,
  deadLetterId,
  parkedKey,
  parkedKeyId,
} from "../read-model/dead-letters.ts";
import { type BatchItem, type InvalidationItem, decodeRecords } from "./decode-batch.ts";
import { type DocumentChange, type FoldedBatch, foldBatch } from "./fold-batch.ts";
import type { KeyParking } from "./invalidations.ts";
import type { KeptEvent } from "./journal.ts";
import type { PartitionServices, Session } from "./partition-session.ts";
import type { TopicProjection } from "./projection.ts";

/** Writes to a collection of ours. */
export interface OwnWrites {
  readonly inserts: readonly StoredDocument[];
  readonly replacements: readonly StoredDocument[];
  readonly deletions: readonly string[];
}

/** What becomes of one key when a transaction becomes invalid. */
export interface KeyPlan {
  readonly key: string;
  /** By collection. */
  readonly changes: ReadonlyMap<string, DocumentChange>;
  readonly letters: OwnWrites;
  readonly parked: OwnWrites;
  /** What the journal has had to wait for. */
  readonly late: readonly KeptEvent[];
  /** Undefined: it was not parked, and isn't. */
  readonly parking: KeyParking | undefined;
  /** Why it is parked from now on; undefined: it isn't, or was before. */
  readonly fault: Fault | undefined;
}

/** What planning works with. */
export interface KeyPlanning {
  readonly services: Pick<PartitionServices, "codec" | "refold">;
  readonly session: Session;
  readonly item: InvalidationItem;
  /** Since when each key is parked. */
  readonly parkedAt: ReadonlyMap<string, number>;
  /** The dead letters of parked keys, by key, in their order. */
  readonly letters: ReadonlyMap<string, readonly StoredLetter[]>;
  /** Whether an event of a key doesn't count any more. */
  readonly isInvalid: (key: string, record: StoredLetter["record"]) => boolean;
}

const NOTHING: OwnWrites = { inserts: [], replacements: [], deletions: [] };
const NONE: ReadonlySet<string> = new Set();

/** Plans what becomes of a key: its document without the transaction, and what waited because of that. */
export async function planKey(planning: KeyPlanning, key: string): Promise<KeyPlan> {
  const { item, session, services, parkedAt } = planning;
  const { topic } = item.record;
  const letters = planning.letters.get(key) ?? [];
  const ofTransaction = letters.filter(({ record }) => transactionOf(record.headers) === item.event.transaction);
  const since = parkedAt.get(key);
  const bases = await refoldAll(planning, key, since ?? item.record.offset);
  const lost = await decodeRecords(services.codec, topic, ofTransaction.map(recordOf));
  const cleared = ofTransaction.map(({ id }) => id);
  const kept = keptOf(session.projection, lost);
  if ("fault" in bases) return failedPlan(planning, key, { fault: bases.fault, cleared, kept });
  const isFreed = ofTransaction.some(({ record }) => record.offset === since);
  const waiting = isFreed ? letters.filter((letter) => !ofTransaction.includes(letter)) : [];
  const items = await decodeRecords(services.codec, topic, waiting.map(recordOf));
  const { projection } = session;
  const stateOf = (collection: string): StoredDocument | undefined => bases.documents.get(collection);
  const folded = foldBatch({ projection, partition: item.record.partition, items, parked: NONE, stateOf });
  return {
    key,
    changes: changesOf(planning, key, bases.documents, folded),
    late: [...kept, ...folded.kept].toSorted((a, b) => a.item.record.offset - b.item.record.offset),
    ...parkingWrites(planning, key, { since, isFreed, folded, waiting, cleared }),
  };
}

/** The document of each collection without what is invalid; one of another partition as it is. */
async function refoldAll(
  { services, session, item, isInvalid }: KeyPlanning,
  key: string,
  until: number,
): Promise<{ readonly documents: ReadonlyMap<string, StoredDocument | undefined> } | { readonly fault: Fault }> {
  const documents = new Map<string, StoredDocument | undefined>();
  for (const aggregate of session.projection.aggregates) {
    const { collection } = aggregate;
    const before = session.cache.get(collection, key);
    if (isForeign(before, item)) {
      documents.set(collection, before);
      continue;
    }
    const { record: of } = item;
    const refolded = await services.refold({
      aggregate,
      of,
      key,
      next: session.next,
      until,
      isInvalid: (record) => isInvalid(key, record),
    });
    if ("fault" in refolded) return refolded;
    documents.set(collection, refolded.document);
  }
  return { documents };
}

function changesOf(
  { session, item }: KeyPlanning,
  key: string,
  bases: ReadonlyMap<string, StoredDocument | undefined>,
  folded: FoldedBatch,
): ReadonlyMap<string, DocumentChange> {
  const changes = new Map<string, DocumentChange>();
  for (const [collection, base] of bases) {
    const before = session.cache.get(collection, key);
    if (isForeign(before, item)) continue;
    const change = folded.changes.get(collection)?.get(key);
    const after = change === undefined ? base : change.after;
    if (before !== undefined || after !== undefined) changes.set(collection, { before, after: stamped(after, item) });
  }
  return changes;
}

/** The document as one whose newest event is the invalidation; its hash stays that of the newest event that counts. */
function stamped(document: StoredDocument | undefined, { record }: InvalidationItem): StoredDocument | undefined {
  const meta = metaOf(document?.["_meta"]);
  if (document === undefined || meta === undefined) return document;
  return { ...document, _meta: { ...invalidatedMeta(meta, record) } };
}

/** A document's `_meta` behind an invalidation. */
export function invalidatedMeta(
  meta: Meta,
  { offset, timestamp }: { readonly offset: number; readonly timestamp: number },
): Meta {
  return { ...meta, offset, type: INVALIDATION_TYPE, updated: new Date(timestamp) };
}

function isForeign(document: StoredDocument | undefined, { record }: InvalidationItem): boolean {
  const meta = metaOf(document?.["_meta"]);
  return meta !== undefined && meta.partition !== record.partition;
}

interface Unparking {
  readonly since: number | undefined;
  readonly isFreed: boolean;
  readonly folded: FoldedBatch;
  readonly waiting: readonly StoredLetter[];
  /** Identifiers of letters that are settled. */
  readonly cleared: readonly string[];
}

/** An event that waited and fails parks its key again, and those behind it wait on. */
function parkingWrites(
  { item, session }: KeyPlanning,
  key: string,
  { since, isFreed, folded, waiting, cleared }: Unparking,
): Pick<KeyPlan, "letters" | "parked" | "parking" | "fault"> {
  const bad = folded.parked.get(key);
  const left = new Set(folded.setAside.map((aside) => positionId(aside.item.record)));
  const applied = waiting.filter(({ record }) => !left.has(positionId(record))).map(({ id }) => id);
  const failed = bad === undefined ? [] : [deadLetter(session.projection.name, bad.record, bad, false)];
  const letters = { inserts: [], replacements: failed, deletions: [...cleared, ...applied] };
  const again = bad === undefined ? [] : [parkedKey(session.projection.name, key, bad.record, bad)];
  const freed = isFreed && bad === undefined ? [parkedKeyId(session.projection.name, item.record, key)] : [];
  const after = isFreed ? bad?.record.offset : since;
  return {
    letters,
    parked: { inserts: [], replacements: again, deletions: freed },
    parking: since === undefined ? undefined : { key, before: since, after, failed: false },
    fault: bad,
  };
}

/** The document stays as it is; what comes behind it waits. */
function failedPlan(
  { item, session, parkedAt }: KeyPlanning,
  key: string,
  {
    fault,
    cleared,
    kept,
  }: { readonly fault: Fault; readonly cleared: readonly string[]; readonly kept: readonly KeptEvent[] },
): KeyPlan {
  const { record, event } = item;
  const reason = `It can't be folded again without the events of transaction ${event.transaction}: ${fault.reason}`;
  const told = { code: fault.code, reason };
  const since = parkedAt.get(key);
  const letter = deadLetter(session.projection.name, { ...record, key: Buffer.from(key) }, told, false);
  const parked = parkedKey(session.projection.name, key, { ...record, offset: since ?? record.offset }, told);
  return {
    key,
    changes: new Map(),
    letters: {
      inserts: [{ ...letter, _id: `${deadLetterId(session.projection.name, record)}/${key}` }],
      replacements: [],
      deletions: cleared,
    },
    parked: since === undefined ? { ...NOTHING, inserts: [parked] } : { ...NOTHING, replacements: [parked] },
    late: kept,
    parking: { key, before: since, after: since ?? record.offset, failed: true },
    fault: told,
  };
}

/** The plan of a key whose changes no transaction takes. */
export function tooLargePlan(planning: KeyPlanning, { key, late }: KeyPlan, reason: string): KeyPlan {
  const letters = planning.letters.get(key) ?? [];
  const { transaction } = planning.item.event;
  const own = letters.filter(({ record }) => transactionOf(record.headers) === transaction);
  const offsets = new Set(own.map(({ record }) => record.offset));
  return failedPlan(planning, key, {
    fault: { code: "EVENT_TOO_LARGE", reason },
    cleared: own.map(({ id }) => id),
    kept: late.filter(({ item }) => offsets.has(item.record.offset)),
  });
}

/** Events of the transaction that were never applied: history shows them too. */
function keptOf(projection: TopicProjection, items: readonly BatchItem[]): readonly KeptEvent[] {
  return items.flatMap((item): readonly KeptEvent[] => {
    if (item.kind === "bad") return [];
    if (item.kind === "tombstone")
      return [...projection.journaled].map((collection) => ({ collection, item, previous: undefined }));
    const collection = projection.keptBy(item.writer);
    return collection === undefined ? [] : [{ collection, item, previous: undefined }];
  });
}

function recordOf({ record }: StoredLetter): StoredLetter["record"] {
  return record;
}
