import type { Writer } from "../catalog/codec.ts";
import type { Aggregate, EventType } from "../catalog/types.ts";
import { EventQLError, messageOf } from "../errors.ts";
import { hashOf } from "../model/content-hash.ts";
import { type Meta, metaOf } from "../model/meta.ts";
import type { Payload, Value } from "../model/value.ts";
import { workingCopy } from "./compile-fold.ts";
import { type FoldTarget, foldTarget } from "./fold-target.ts";

/** A document as it is stored: its columns by their names, `_id` and `_meta`. */
export interface FoldDocument {
  readonly _id: string;
  readonly [column: string]: Value | undefined;
}

/** An event at its place, as it is folded. */
export interface FoldedRecord {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  /** In ms since 1970-01-01 UTC. */
  readonly timestamp: number;
  /** Undefined: a tombstone. */
  readonly writer: Writer | undefined;
  /** Of a tombstone, nothing. */
  readonly payload: Payload;
  /** In the Confluent wire format. */
  readonly value: Uint8Array | null;
}

/** Folds one event after another into a document. */
export interface DocumentFold {
  /**
   * The document behind an event, as the projector would store it; undefined: there is none. What is given stays as it is.
   * @throws EventQLError `EVENT_INVALID` where the event can't be folded, `PARTITION_MISMATCH` where the document comes from
   *   another partition.
   */
  apply(document: FoldDocument | undefined, record: FoldedRecord): FoldDocument | undefined;
}

/** Makes the fold of an aggregate's events. */
export function documentFold(aggregate: Aggregate): DocumentFold {
  const targets = new WeakMap<Writer, { readonly target: FoldTarget | undefined }>();
  const targetOf = (writer: Writer): FoldTarget | undefined => {
    const known = targets.get(writer) ?? { target: foldTarget(aggregate, writer) };
    targets.set(writer, known);
    return known.target;
  };
  return {
    apply(document, record) {
      const target = record.writer && targetOf(record.writer);
      if (record.writer !== undefined && target === undefined) return document;
      const before = metaOf(document?.["_meta"]);
      refuseForeign(before, record);
      if (record.writer === undefined || target === undefined) return undefined;
      if (document === undefined && target.needsDocument) return undefined;
      const next = folded(target, document, record);
      if (next === undefined) return undefined;
      const created = document === undefined ? undefined : before?.created;
      return { ...next, _meta: { ...metaAfter(record, record.writer.eventType, aggregate, created) } };
    },
  };
}

const newest = new WeakMap<EventType, Writer>();

/** The writer of an event type's newest schema, with which EventQL writes; one object for an event type. */
export function newestWriter(eventType: EventType): Writer {
  const known = newest.get(eventType);
  if (known !== undefined) return known;
  const fields = new Set(eventType.record.fields.map(({ name }) => name));
  const writer: Writer = { schemaId: eventType.schemaId, eventType, fields };
  newest.set(eventType, writer);
  return writer;
}

function folded(
  { fold }: FoldTarget,
  document: FoldDocument | undefined,
  { key, payload }: FoldedRecord,
): FoldDocument | undefined {
  try {
    return fold(document && workingCopy(document), key, payload);
  } catch (error) {
    throw new EventQLError("EVENT_INVALID", messageOf(error), { cause: error });
  }
}

function metaAfter(
  { partition, offset, timestamp, value }: FoldedRecord,
  { fullName }: EventType,
  { owned }: Aggregate,
  created: Date | undefined,
): Meta {
  const updated = new Date(timestamp);
  const hash = owned === undefined || value === null ? {} : { hash: hashOf(fullName, value) };
  return { partition, offset, type: fullName, created: created ?? updated, updated, ...hash };
}

function refuseForeign(before: Meta | undefined, { partition }: FoldedRecord): void {
  if (before === undefined || before.partition === partition) return;
  throw new EventQLError("PARTITION_MISMATCH", foreignKey(before.partition, partition));
}

/** Why an event of another partition can't be folded into a document. */
export function foreignKey(home: number, partition: number): string {
  return (
    `The key's document comes from partition ${home}, this event from ${partition}: ` +
    "produce all events of a key with one partitioner."
  );
}
