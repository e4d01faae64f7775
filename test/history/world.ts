import { join } from "node:path";
import type { DecodeFailure, DecodedEvent, EventCodec, Writer } from "../../src/catalog/codec.ts";
import { INVALIDATION_TYPE, encodeInvalidationEvent } from "../../src/catalog/invalidation-event.ts";
import type { Aggregate, KeptHistory } from "../../src/catalog/types.ts";
import type { EventLog, KeyRecords, ReadKeyOptions } from "../../src/event-log/event-log.ts";
import { createHistory } from "../../src/history/create-history.ts";
import type { History, HistoryOf, Moment } from "../../src/history/history.ts";
import { createRefold } from "../../src/history/create-refold.ts";
import { HEADER, type LogRecord } from "../../src/model/event.ts";
import type { Payload } from "../../src/model/value.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { REQUESTS, requestCollections } from "../../src/read-model/settlement/requests.ts";
import { SETTLEMENTS, settlementCollections } from "../../src/read-model/settlement/settlements.ts";
import { DeadLetterSettler } from "../../src/projector/settlement/settler.ts";
import { invalidationCollections } from "../../src/projector/invalidations.ts";
import { journalCollections } from "../../src/projector/journal.ts";
import { PartitionProjector } from "../../src/projector/partition-projector.ts";
import { AGGREGATES } from "../../src/model/checkpoint.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TYPES = [
  eventTypeOf("Named", [{ name: "name" }, { name: "note", default: "none" }]),
  eventTypeOf("Added", [
    { name: "total", type: { kind: "long" }, effect: "add" },
    { name: "tags", type: { kind: "array", items: { type: { kind: "string" }, nullable: false } }, effect: "append" },
  ]),
  eventTypeOf("Touched", [{ name: "name" }], "update"),
  eventTypeOf("Closed", [], "delete"),
  eventTypeOf("Seen", [], "ignore"),
];
const WRITERS: ReadonlyMap<string, Writer> = new Map(TYPES.map((type) => [type.fullName, writerOf(type)]));

/** The event types that a test may append. */
export const typeNames: readonly string[] = [...WRITERS.keys()];

/** Reads JSON: a type's name and its payload. Its schema must be prepared first. */
class JsonCodec implements EventCodec {
  readonly #prepared = new Set<number>();
  /** Whether events of the type `Late` can be read by now: as ones that name. */
  knowsLate = false;

  async prepare(_topic: string, schemaId: number): Promise<void> {
    this.#prepared.add(schemaId);
    await Promise.resolve();
  }

  decode(_topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    const [type, payload]: [string, Payload] = JSON.parse(Buffer.from(value).toString());
    const writer = WRITERS.get(this.knowsLate && type === "Late" ? "Named" : type);
    if (writer === undefined) return { status: "undecodable", code: "NOT_AVRO", reason: "not Avro" };
    if (!this.#prepared.has(writer.schemaId)) return { status: "unprepared", schemaId: writer.schemaId };
    // As Avro has it: longs are bigints.
    const { total, ...rest } = payload;
    return { status: "decoded", writer, payload: typeof total === "number" ? { ...rest, total: BigInt(total) } : rest };
  }

  encode(): Uint8Array {
    throw new TypeError("nothing is encoded here");
  }
}

/** A record of a test: an event, or what makes a transaction invalid. */
export type TestRecord = TestEvent | TestInvalidation;

/** What makes a transaction invalid. */
export interface TestInvalidation {
  readonly invalidates: number;
  /** Default: those of the transaction's events so far. */
  readonly keys?: readonly string[];
  readonly timestamp?: number;
}

/** An event of a test: undefined is a tombstone. */
export interface TestEvent {
  readonly key: string;
  readonly type?: string | undefined;
  readonly payload?: Record<string, unknown>;
  /** Default: 1,000 ms times its offset. */
  readonly timestamp?: number;
  readonly transaction?: number | undefined;
}

/** A topic of one partition, its projection, and the histories of its keys. */
export class World {
  readonly records: LogRecord[] = [];
  readonly codec: JsonCodec = new JsonCodec();
  readonly settler: DeadLetterSettler = new DeadLetterSettler();
  readonly readModel: ReadModel;
  readonly #remove: () => Promise<void>;
  #aggregate: Aggregate;
  #projector: PartitionProjector;
  /** The oldest offset that the log has. */
  low = 0;
  /** The offsets that compaction removed. */
  readonly compacted: Set<number> = new Set();
  /** How many keys were looked for. */
  reads = 0;

  readonly #refoldBy: "journal" | "log";

  private constructor(
    readModel: ReadModel,
    remove: () => Promise<void>,
    history: KeptHistory | undefined,
    refoldBy: "journal" | "log",
  ) {
    this.#refoldBy = refoldBy;
    this.readModel = readModel;
    this.#remove = remove;
    this.#aggregate = aggregateWith(history);
    this.#projector = this.#newProjector();
  }

  /** `guard`: changes what the read model does. Default: an embedded one. */
  static async open(
    history: KeptHistory | undefined,
    refoldBy: "journal" | "log" = "log",
    { readModel: own, guard }: { readonly readModel?: ReadModel; readonly guard?: (of: ReadModel) => ReadModel } = {},
  ): Promise<World> {
    const folder = await temporaryFolder();
    const readModel = own ?? openEmbeddedReadModel({ file: join(folder.path, "model.db"), logger: silentLogger });
    const settling = [...requestCollections, ...settlementCollections];
    const ours = [...deadLetterCollections, ...invalidationCollections, ...settling];
    await readModel.ensureCollections([{ name: "ts" }, ...ours]);
    const remove = async (): Promise<void> => await folder.remove();
    const world = new World(guard?.(readModel) ?? readModel, remove, history, refoldBy);
    await world.keep(history);
    return world;
  }

  get aggregate(): Aggregate {
    return this.#aggregate;
  }

  /** Changes the hint, as a newer catalog would. */
  async keep(history: KeptHistory | undefined): Promise<void> {
    this.#aggregate = aggregateWith(history);
    await this.readModel.ensureCollections(journalCollections([this.#aggregate]));
  }

  /** Appends events and applies them, `size` at a time. */
  async apply(events: readonly TestRecord[], size: number = events.length): Promise<void> {
    const first = this.append(events);
    for (let at = first; at < this.records.length;)
      at = await this.#projector.apply(this.batch(at, Math.min(at + size, this.records.length)));
  }

  /** Appends events; returns the offset of the first one. */
  append(events: readonly TestRecord[]): number {
    const first = this.records.length;
    for (const event of events) {
      const offset = this.records.length;
      this.records.push("invalidates" in event ? this.#invalidation(event, offset) : recordOf(event, offset));
    }
    return first;
  }

  #invalidation({ invalidates: transaction, keys, timestamp }: TestInvalidation, offset: number): LogRecord {
    const own = this.records.filter(
      ({ key, headers }) => key !== null && headers[HEADER.transaction] === `${transaction}`,
    );
    const event = {
      transaction,
      reason: "wrong",
      keys: keys ?? own.map(({ key }) => Buffer.from(key ?? []).toString()),
    };
    return {
      topic: "t",
      partition: 0,
      offset,
      timestamp: timestamp ?? offset * 1_000,
      key: null,
      value: encodeInvalidationEvent(1, event),
      headers: { [HEADER.type]: INVALIDATION_TYPE, [HEADER.transaction]: `${transaction}` },
    };
  }

  batch(from: number, until: number): Parameters<PartitionProjector["apply"]>[0] {
    return { topic: "t", partition: 0, records: this.records.slice(from, until), next: until };
  }

  /** A projector that takes the partition on, from the checkpoint. */
  async restart(): Promise<PartitionProjector> {
    this.#projector.stop();
    this.#projector = this.#newProjector();
    await this.#projector.open({ low: this.low, high: this.records.length });
    return this.#projector;
  }

  /** A second projector of the partition, beside the one that goes on. */
  async rival(): Promise<PartitionProjector> {
    const rival = this.#newProjector();
    await rival.open({ low: this.low, high: this.records.length });
    return rival;
  }

  /** Has the projector look at what is asked of it. */
  async settle(): Promise<void> {
    const asked = await this.readModel.checkpoints(REQUESTS, "t");
    for (const checkpoint of asked) this.settler.told(checkpoint);
    await this.#projector.wake();
  }

  /** How many requests nobody has carried out yet. */
  async pendingRequests(): Promise<number> {
    return (await this.readModel.find(REQUESTS, { filter: { state: "asked" }, fields: [] })).length;
  }

  /** Begins the projection anew, as if it had never been but for what was settled. */
  async begin({ settlements = true }: { readonly settlements?: boolean } = {}): Promise<void> {
    await this.readModel.removeCheckpoints(AGGREGATES);
    await this.readModel.dropCollections(["ts", DEAD_LETTERS, PARKED_KEYS, ...(settlements ? [] : [SETTLEMENTS])]);
    await this.restart();
  }

  /** Stores documents that somebody else has made. */
  async store(collection: string, inserts: readonly StoredDocument[]): Promise<void> {
    const checkpoint = { projection: "other", topic: "t", partition: 0, next: 0, generation: 0, partitions: 0 };
    await this.readModel.openCheckpoint(checkpoint);
    const writes = [{ collection, inserts, replacements: [], deletions: [] }];
    await this.readModel.commit({ checkpoint, from: 0, writes });
  }

  /** The checkpoint's position. */
  async place(): Promise<number> {
    const [checkpoint] = await this.readModel.checkpoints(AGGREGATES, "t");
    return checkpoint?.next ?? 0;
  }

  async stored(key: string): Promise<StoredDocument | undefined> {
    const [document] = await this.readModel.find("ts", { filter: { _id: key } });
    return document;
  }

  /** By the journal; or by the log, which finds keys or looks for them. */
  history(by: "journal" | "log" | "scan", maxScans = 4): History {
    const log = by === "log" ? this.#log(true) : this.#log(false);
    return createHistory({ log, readModel: this.readModel, codec: this.codec, maxScans });
  }

  of(id: string, budget = 10_000): HistoryOf {
    return { aggregate: this.#aggregate, id, causal: false, budget: { left: budget } };
  }

  /** What was at a moment, or the code of the error. */
  async at(by: "journal" | "log", id: string, moment: Moment): Promise<unknown> {
    return await this.history(by)
      .documentAt(this.of(id), moment)
      .catch((error: unknown) =>
        typeof error === "object" && error !== null && "code" in error ? error.code : Promise.reject(error),
      );
  }

  async close(): Promise<void> {
    this.#projector.stop();
    await this.readModel.close();
    await this.#remove();
  }

  #newProjector(): PartitionProjector {
    const { readModel, codec } = this;
    const projection = () => {
      const found = topicProjections({ aggregates: [this.#aggregate], generation: 1 }).get("t");
      if (found === undefined) throw new TypeError("no projection");
      return found;
    };
    const catalog = { standingOf: () => "taken" as const, refresh: async () => {} };
    const telemetry = { logger: silentLogger, metrics: noMetrics, tracer: noTracer };
    const bounds = { partitions: 1, cachedDocuments: 1_000, maxParkedKeys: 100 };
    const refold = createRefold({ log: this.#log(this.#refoldBy === "log"), readModel, codec });
    return new PartitionProjector(
      { topic: "t", partition: 0 },
      { readModel, codec, projection, catalog, refold, between: this.settler, ...telemetry, ...bounds },
    );
  }

  #log(findsKeys: boolean): Pick<EventLog, "readKey" | "offsets" | "findsKeys"> {
    return {
      findsKeys,
      offsets: async () =>
        await Promise.resolve([
          {
            low: this.low,
            high: this.records.length,
            gapless: Math.max(this.low, ...[...this.compacted].map((last) => last + 1)),
          },
        ]),
      readKey: async (options) => await this.#readKey(options, findsKeys),
    };
  }

  async #readKey({ key, from, until, limit, newest = false }: ReadKeyOptions, finds: boolean): Promise<KeyRecords> {
    this.reads += 1;
    const isKept = ({ offset }: LogRecord): boolean => offset >= this.low && !this.compacted.has(offset);
    const range = this.records.filter((record) => isKept(record) && record.offset >= from && record.offset < until);
    const found = range.filter((record) => Buffer.from(record.key ?? []).toString() === key);
    const records = newest ? found.slice(-limit) : found.slice(0, limit);
    await Promise.resolve();
    return { records, complete: finds || range.length <= 50 || found.length >= limit };
  }
}

function aggregateWith(history: KeptHistory | undefined): Aggregate {
  return {
    name: "T",
    singular: "t",
    plural: "ts",
    collection: "ts",
    projection: "aggregates",
    topic: "t",
    doc: undefined,
    previous: false,
    history,
    columns: [],
    indexes: [],
    eventTypes: TYPES,
  };
}

function recordOf({ key, type, payload = {}, timestamp, transaction }: TestEvent, offset: number): LogRecord {
  return {
    topic: "t",
    partition: 0,
    offset,
    timestamp: timestamp ?? offset * 1_000,
    key: Buffer.from(key),
    value: type === undefined ? null : Buffer.from(JSON.stringify([type, payload])),
    headers: {
      ce_id: `event-${offset}`,
      ...(transaction === undefined ? {} : { [HEADER.transaction]: `${transaction}` }),
    },
  };
}
