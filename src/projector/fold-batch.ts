import { type ErrorCode, isEventQLError, messageOf } from "../errors.ts";
import type { FoldStep, WorkingDocument } from "../fold/compile-fold.ts";
import { workingCopy } from "../fold/compile-fold.ts";
import { foreignKey } from "../fold/document-fold.ts";
import { hashOf } from "../model/content-hash.ts";
import type { LogRecord } from "../model/event.ts";
import { type Meta, metaOf } from "../model/meta.ts";
import type { Output } from "../model/output.ts";
import type { StoredDocument } from "../read-model/read-model.ts";
import { type BadItem, type BatchItem, type EventItem, type TombstoneItem, bad } from "./decode-batch.ts";
import type { KeptEvent } from "./journal.ts";
import type { TopicProjection } from "./projection.ts";

/** What a batch does to one document. */
export interface DocumentChange {
  /** As it is stored; undefined: absent. */
  readonly before: StoredDocument | undefined;
  /** As it is to be; undefined: deleted, or still absent. */
  readonly after: StoredDocument | undefined;
}

/** An event that is set aside; `waiting`: only because an earlier one of its key is. */
export interface SetAside {
  readonly item: BadItem;
  readonly waiting: boolean;
}

/** A batch's effect. */
export interface FoldedBatch {
  /** By collection and key; only documents that an event touched. */
  readonly changes: ReadonlyMap<string, ReadonlyMap<string, DocumentChange>>;
  readonly setAside: readonly SetAside[];
  /** Keys parked by this batch, each with the event that did it. */
  readonly parked: ReadonlyMap<string, BadItem>;
  /** Events that changed nothing, since their document was absent, or that created one that was there. */
  readonly absent: number;
  readonly existed: number;
  /** What was applied, in order, of the collections that have a journal. */
  readonly kept: readonly KeptEvent[];
  /** The events that rules wrote, in order. */
  readonly outputs: readonly Output[];
}

/** What folding needs to know. */
export interface FoldBatchInput {
  readonly projection: TopicProjection;
  readonly partition: number;
  readonly items: readonly BatchItem[];
  /** Keys whose events wait. */
  readonly parked: ReadonlySet<string>;
  /** The stored document of every key that the items name. */
  stateOf(collection: string, key: string): StoredDocument | undefined;
}

/** A document under way: the working copy, and the event that touched it last. */
interface Working {
  readonly before: StoredDocument | undefined;
  document: WorkingDocument | undefined;
  created: Date | undefined;
  newest: { readonly record: LogRecord; readonly type: string } | undefined;
}

/** Folds a batch's items into the documents of their keys: pure. */
export function foldBatch(input: FoldBatchInput): FoldedBatch {
  const folder = new BatchFolder(input);
  for (const item of input.items) folder.apply(item);
  return folder.result();
}

class BatchFolder implements FoldStep {
  readonly #input: FoldBatchInput;
  readonly #working: ReadonlyMap<string, Map<string, Working>>;
  readonly #setAside: SetAside[] = [];
  readonly #parked = new Map<string, BadItem>();
  readonly #kept: KeptEvent[] = [];
  readonly #outputs: Output[] = [];
  readonly #keeps: boolean;
  #item: EventItem | undefined;
  #isUntouched = false;
  #absent = 0;
  #existed = 0;

  constructor(input: FoldBatchInput) {
    this.#input = input;
    this.#keeps = input.projection.journaled.size > 0;
    this.#working = new Map(input.projection.collections.map((collection) => [collection, new Map()]));
  }

  apply(item: BatchItem): void {
    if (item.key !== undefined && (this.#input.parked.has(item.key) || this.#parked.has(item.key))) {
      this.#setAside.push({ item: waitingItem(item), waiting: true });
    } else if (item.kind === "event") this.#applyEvent(item);
    else if (item.kind === "tombstone") this.#applyTombstone(item);
    else this.#reject(item);
  }

  /** Of the event that is folded. */
  get record(): LogRecord {
    if (this.#item === undefined) throw new TypeError("no event is folded");
    return this.#item.record;
  }

  write(outputs: readonly Output[]): void {
    for (const output of outputs) this.#outputs.push(output);
  }

  keep(): void {
    this.#isUntouched = true;
  }

  #applyEvent(item: EventItem): void {
    const target = this.#input.projection.targetOf(item.writer);
    const collection = target?.collection ?? this.#input.projection.keptBy(item.writer);
    if (collection === undefined) return;
    const working = this.#workingOf(collection, item);
    if (working === undefined) return;
    const { document } = working;
    const previous = this.#keeps ? versionOf(working) : undefined;
    if (target === undefined || (document === undefined && target.needsDocument)) {
      if (target !== undefined) this.#absent += 1;
      this.#keep(collection, item, previous);
      return;
    }
    if (document !== undefined && target.creates) this.#existed += 1;
    this.#item = item;
    try {
      working.document = target.fold(document, item.key, item.payload, this);
    } catch (error) {
      this.#reject(bad(item.record, item.key, codeOf(error), messageOf(error)));
      return;
    }
    if (this.#isUntouched) {
      this.#isUntouched = false;
      return;
    }
    if (document === undefined) working.created = new Date(item.record.timestamp);
    working.newest = { record: item.record, type: item.writer.eventType.fullName };
    this.#keep(collection, item, previous);
  }

  #applyTombstone(item: TombstoneItem): void {
    if (this.#input.projection.ignoresTombstones) return;
    for (const collection of this.#input.projection.collections) {
      const working = this.#workingOf(collection, item);
      if (working === undefined) return;
      if (this.#keeps) this.#keep(collection, item, versionOf(working));
      if (working.document === undefined) this.#absent += 1;
      else {
        working.document = undefined;
        working.newest = { record: item.record, type: "" };
      }
    }
  }

  #keep(collection: string, item: EventItem | TombstoneItem, previous: number | undefined): void {
    if (this.#keeps && this.#input.projection.journaled.has(collection))
      this.#kept.push({ collection, item, previous });
  }

  #reject(item: BadItem): void {
    this.#setAside.push({ item, waiting: false });
    if (item.key !== undefined) this.#parked.set(item.key, item);
  }

  /** Undefined: the key belongs to another partition, and the item was set aside. */
  #workingOf(collection: string, item: EventItem | TombstoneItem): Working | undefined {
    const documents = this.#working.get(collection);
    const known = documents?.get(item.key);
    if (known !== undefined) return known;
    const before = this.#input.stateOf(collection, item.key);
    const meta = before === undefined ? undefined : metaOf(before["_meta"]);
    if (meta !== undefined && meta.partition !== this.#input.partition) {
      this.#reject(bad(item.record, item.key, "PARTITION_MISMATCH", foreignKey(meta.partition, item.record.partition)));
      return undefined;
    }
    const document = before === undefined ? undefined : workingCopy(before);
    const working: Working = { before, document, created: meta?.created, newest: undefined };
    documents?.set(item.key, working);
    return working;
  }

  result(): FoldedBatch {
    const changes = new Map<string, ReadonlyMap<string, DocumentChange>>();
    for (const [collection, documents] of this.#working) {
      const isHashed = this.#input.projection.hashed.has(collection);
      const changed = new Map<string, DocumentChange>();
      for (const [key, working] of documents) {
        if (working.newest !== undefined)
          changed.set(key, { before: working.before, after: finished(working, isHashed) });
      }
      changes.set(collection, changed);
    }
    const counts = { absent: this.#absent, existed: this.#existed };
    const setAside = { setAside: this.#setAside, parked: this.#parked };
    return { changes, ...setAside, kept: this.#kept, outputs: this.#outputs, ...counts };
  }
}

/** Of a rule's failure: of what it wrote too much of, that it is so. */
function codeOf(error: unknown): ErrorCode {
  return isEventQLError(error, "EVENT_TOO_LARGE") ? error.code : "EVENT_INVALID";
}

/** The offset of the event that changed the document last; undefined: it isn't there. */
function versionOf({ document, newest, before }: Working): number | undefined {
  if (document === undefined) return undefined;
  return newest?.record.offset ?? metaOf(before?.["_meta"])?.offset;
}

function finished({ document, created, newest }: Working, isHashed: boolean): StoredDocument | undefined {
  if (document === undefined || newest === undefined) return undefined;
  const { partition, offset, timestamp, value } = newest.record;
  const updated = new Date(timestamp);
  const hash = isHashed && value !== null ? { hash: hashOf(newest.type, value) } : {};
  const meta: Meta = { partition, offset, type: newest.type, created: created ?? updated, updated, ...hash };
  document["_meta"] = { ...meta };
  return document;
}

function waitingItem(item: BatchItem): BadItem {
  const reason = "An earlier event of this key is a dead letter: it is applied after that one is settled.";
  return bad(item.record, item.key, "KEY_PARKED", reason);
}
