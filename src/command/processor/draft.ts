import type { FoldDocument } from "../../fold/document-fold.ts";
import { type EventQLError, isEventQLError } from "../../errors.ts";
import { hashOf } from "../../model/content-hash.ts";
import type { CommandRejection, DecidedPosition } from "../../model/command.ts";
import { type Meta, metaOf } from "../../model/meta.ts";
import type { Payload } from "../../model/value.ts";
import type { Writer } from "../../catalog/codec.ts";
import type { Rules } from "./rules.ts";

/** What there is before a draft: documents, and the offsets that come next. */
export interface Ground {
  documentOf(key: string): FoldDocument | undefined;
  /** The partition of a key's events. */
  partitionOf(key: string): number;
  /** The offset of the next event of a partition. */
  nextOf(partition: number): number;
}

/** An event to append; without a writer, a tombstone. */
export interface DraftEvent {
  readonly key: string;
  readonly writer: Writer | undefined;
  readonly payload: Payload;
  readonly value: Uint8Array | null;
}

/** An event of a draft at its place. */
export interface PlacedEvent extends Omit<DecidedPosition, "dropped"> {
  readonly key: string | null;
  readonly value: Uint8Array | null;
}

/** The events of one command, appended one after another to what there is: none of them counts before all do. */
export class Draft {
  /** What is appended. */
  readonly appended: PlacedEvent[] = [];
  /** What is told of, what was dropped included. */
  readonly told: DecidedPosition[] = [];
  /** The keys that it touched, and their documents; undefined: there is none. */
  readonly documents: Map<string, FoldDocument | undefined> = new Map();
  /** What the rule that folds an event threw. */
  failure: EventQLError | undefined;
  readonly #ground: Ground;
  readonly #rules: Pick<Rules, "owned" | "fold">;
  readonly #next = new Map<number, number>();
  readonly #timestamp: number;

  constructor(ground: Ground, rules: Pick<Rules, "owned" | "fold">, timestamp: number) {
    this.#ground = ground;
    this.#rules = rules;
    this.#timestamp = timestamp;
  }

  documentOf(key: string): FoldDocument | undefined {
    return this.documents.has(key) ? this.documents.get(key) : this.#ground.documentOf(key);
  }

  /** Undefined: there is no document of the key. */
  versionOf(key: string): number | undefined {
    return metaOf(this.documentOf(key)?.["_meta"])?.offset;
  }

  /** Appends an event, or drops it where it says what the key's newest one does. Returns why it can't be folded. */
  add(event: DraftEvent): CommandRejection | undefined {
    const { key, writer, payload, value } = event;
    const document = this.documentOf(key);
    const type = writer?.eventType.fullName ?? "";
    const same = value === null ? undefined : this.#equal(document, type, value);
    if (same !== undefined) {
      this.told.push({ id: key, type, partition: same.partition, offset: same.offset, dropped: true });
      return undefined;
    }
    const partition = this.#ground.partitionOf(key);
    const offset = this.#nextOf(partition);
    try {
      const record = { key, partition, offset, timestamp: this.#timestamp, writer, payload, value };
      this.documents.set(key, this.#rules.fold.apply(document, record));
    } catch (error) {
      if (!isEventQLError(error)) throw error;
      if (this.#isOfRule(error)) this.failure = error;
      const why =
        this.failure === undefined ? error.message : "the rule of its type failed, and the server's log says why.";
      return { code: "EVENT_INVALID", message: `The event can't be applied: ${why}` };
    }
    this.#place({ id: key, key, type, partition, offset, value });
    return undefined;
  }

  /** Appends an event that belongs to no key. */
  addKeyless(type: string, partition: number, value: Uint8Array): void {
    this.#place({ id: "", key: null, type, partition, offset: this.#nextOf(partition), value });
  }

  #place(event: PlacedEvent): void {
    const { id, type, partition, offset } = event;
    this.#next.set(partition, offset + 1);
    this.appended.push(event);
    this.told.push({ id, type, partition, offset });
  }

  #nextOf(partition: number): number {
    return this.#next.get(partition) ?? this.#ground.nextOf(partition);
  }

  /** What a rule throws may say what the rule knew: that is for the log alone. */
  #isOfRule(error: EventQLError): boolean {
    return isEventQLError(error, "EVENT_INVALID") && this.#rules.owned.decider?.evolve !== undefined;
  }

  #equal(document: FoldDocument | undefined, type: string, value: Uint8Array): Meta | undefined {
    if (!this.#rules.owned.deduplicates) return undefined;
    const meta = metaOf(document?.["_meta"]);
    return meta?.hash !== undefined && meta.hash === hashOf(type, value) ? meta : undefined;
  }
}
