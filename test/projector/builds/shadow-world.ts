import { join } from "node:path";
import type { DecodedEvent, DecodeFailure, EventCodec } from "../../../src/catalog/codec.ts";
import type { Aggregate } from "../../../src/catalog/types.ts";
import { EventQLError } from "../../../src/errors.ts";
import type { RangeRecords, ReadRangeOptions } from "../../../src/event-log/event-log.ts";
import type { Build } from "../../../src/model/builds.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import type { Beside } from "../../../src/projector/builds/beside.ts";
import { aggregatesOf } from "../../../src/projector/builds/in-use.ts";
import { PartitionProjector } from "../../../src/projector/partition-projector.ts";
import type { PartitionServices } from "../../../src/projector/partition-session.ts";
import { type TopicProjection, topicProjections } from "../../../src/projector/projection.ts";
import { noRefold } from "../../../src/projector/refold.ts";
import { deadLetterCollections } from "../../../src/read-model/dead-letters.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { Commit, ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { noTracer } from "../../../src/telemetry/tracing.ts";
import { eventTypeOf, writerOf } from "../../support/event-types.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** An event: of a key, an amount; null deletes, and NaN is none that can be read. */
export type Written = readonly [key: string, amount: number | null];

const OF = { topic: "t", partition: 0 };
const added = eventTypeOf("Added", [{ name: "total", type: { kind: "long" }, effect: "add" }]);
const newest = eventTypeOf("Added", [{ name: "total", type: { kind: "long" }, effect: "set" }]);
const base: Omit<Aggregate, "eventTypes"> = {
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  projection: "aggregates",
  topic: "t",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
};

/** How a build adds events up: each to those before, or as the last one says. */
export type Fold = "add" | "set";

const AGGREGATES_OF: Readonly<Record<Fold, Aggregate>> = {
  add: { ...base, eventTypes: [added] },
  set: { ...base, eventTypes: [newest] },
};

/** The build that has the plain names, and others. */
export function buildOf(id: string, fold: Fold): Build {
  const isFirst = id === "";
  const names = { projection: isFirst ? "aggregates" : `aggregates@${id}`, suffix: isFirst ? "" : `_${id}` };
  return { id, ...names, definition: fold, topics: ["t"], collections: ["ts"], since: new Date(0) };
}

/** A partition whose owner keeps one build, and others beside it. */
export class ShadowWorld {
  readonly readModel: ReadModel;
  readonly #remove: () => Promise<void>;
  readonly #records: LogRecord[] = [];
  #projector: PartitionProjector | undefined;
  #position = 0;
  #live = buildOf("", "add");
  #beside: readonly Build[] = [];
  /** Commits whose outcome nobody is told of: whether each takes effect. */
  #unknown: boolean[] = [];
  readonly #stopped: Promise<void>[] = [];

  private constructor(readModel: ReadModel, remove: () => Promise<void>) {
    this.readModel = readModel;
    this.#remove = remove;
  }

  static async open(): Promise<ShadowWorld> {
    const folder = await temporaryFolder();
    const readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    const world = new ShadowWorld(readModel, folder.remove.bind(folder));
    await readModel.ensureCollections([{ name: "ts" }, ...deadLetterCollections]);
    return world;
  }

  async close(): Promise<void> {
    this.kill();
    await Promise.all(this.#stopped);
    await this.readModel.close();
    await this.#remove();
  }

  write(events: readonly Written[]): void {
    for (const [key, amount] of events) {
      // Every now and then an offset is a marker's.
      const offset = (this.#records.at(-1)?.offset ?? -1) + (this.#records.length % 5 === 4 ? 2 : 1);
      const value = amount === null ? null : Buffer.from(String(amount));
      this.#records.push({ ...OF, offset, timestamp: 1_000, key: Buffer.from(key), value, headers: {} });
    }
  }

  /** The owner's next batch, of so many records at the most; starts an owner where there is none. */
  async apply(count: number): Promise<boolean> {
    const projector = await this.#owner();
    const records = this.#records.filter(({ offset }) => offset >= this.#position).slice(0, count);
    const last = records.at(-1);
    if (last === undefined) return false;
    this.#position = await projector.apply({ ...OF, records, next: last.offset + 1 });
    return true;
  }

  /** Ends the owner where it is. */
  kill(): void {
    const projector = this.#projector;
    this.#projector = undefined;
    if (projector === undefined) return;
    projector.stop();
    this.#stopped.push(projector.ended());
  }

  /** Which builds there are now. */
  build(live: Build, beside: readonly Build[]): void {
    [this.#live, this.#beside] = [live, beside];
    this.#projector?.buildsChanged();
  }

  /** The next commit's outcome will be unknown. */
  loseAnswer(takesEffect: boolean): void {
    this.#unknown.push(takesEffect);
  }

  async next(build: Build): Promise<number> {
    return (await this.readModel.checkpoints(build.projection))[0]?.next ?? -1;
  }

  async documents(build: Build): Promise<Readonly<Record<string, unknown>>> {
    const found = await this.readModel.find(`ts${build.suffix}`, { filter: {} });
    return Object.fromEntries(found.map(({ _id, total, _meta }) => [_id, { total, _meta }]));
  }

  /** What one projector makes of the whole log at once. */
  async fresh(fold: Fold): Promise<Readonly<Record<string, unknown>>> {
    const world = await ShadowWorld.open();
    const build = buildOf("", fold);
    world.#records.push(...this.#records);
    world.build(build, []);
    while (await world.apply(1_000));
    const documents = await world.documents(build);
    await world.close();
    return documents;
  }

  async #owner(): Promise<PartitionProjector> {
    if (this.#projector !== undefined) return this.#projector;
    const projector = new PartitionProjector(OF, { ...this.#services(() => this.#live), beside: this.#besides() });
    this.#projector = projector;
    this.#position = await projector.open(await this.#range());
    return projector;
  }

  #besides(): Beside {
    const readRange = async ({ from, until = Infinity, limit = 10_000 }: ReadRangeOptions): Promise<RangeRecords> => {
      await new Promise((resolve) => setImmediate(resolve));
      const wanted = this.#records.filter(({ offset }) => offset >= from && offset < until);
      // As little as it may be, so that catching up takes several rounds.
      const records = wanted.slice(0, Math.min(limit, 3));
      const last = records.at(-1);
      const complete = records.length === wanted.length;
      return { records, next: complete ? Math.max(from, until) : (last?.offset ?? from) + 1, complete };
    };
    return {
      log: { readRange, offsets: async () => [await this.#range()] },
      builds: () =>
        this.#beside.map((build) => {
          const isWanted = async (): Promise<boolean> => await Promise.resolve(this.#beside.includes(build));
          return { id: build.id, services: this.#services(() => build), isWanted };
        }),
    };
  }

  async #range(): Promise<{ readonly low: number; readonly high: number }> {
    return await Promise.resolve({ low: 0, high: (this.#records.at(-1)?.offset ?? -1) + 1 });
  }

  #services(build: () => Build): PartitionServices {
    const commit = async (of: Commit): ReturnType<ReadModel["commit"]> => {
      const takesEffect = this.#unknown.shift();
      if (takesEffect === undefined) return await this.readModel.commit(of);
      if (takesEffect) await this.readModel.commit(of);
      throw new EventQLError("COMMIT_UNKNOWN", "the connection broke");
    };
    const readModel = new Proxy(this.readModel, {
      get: (target, name) => {
        if (name === "commit") return commit;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const made = new Map<string, TopicProjection>();
    const projection = (): TopicProjection => {
      const { projection: name, definition } = build();
      const aggregate = AGGREGATES_OF[definition === "set" ? "set" : "add"];
      const found =
        made.get(name) ?? topicProjections({ aggregates: aggregatesOf([aggregate], build()), generation: 1 }).get("t");
      if (found === undefined) throw new TypeError("no projection");
      made.set(name, found);
      return found;
    };
    return {
      readModel,
      codec: new AmountCodec(build),
      logger: silentLogger,
      metrics: noMetrics,
      tracer: noTracer,
      catalog: { standingOf: () => "foreign", refresh: async () => {} },
      projection,
      partitions: 1,
      cachedDocuments: 3,
      maxParkedKeys: 100,
      refold: noRefold,
    };
  }
}

class AmountCodec implements EventCodec {
  readonly #writers = { add: writerOf(added), set: writerOf(newest) };
  readonly #build: () => Build;

  constructor(build: () => Build) {
    this.#build = build;
  }

  async prepare(): Promise<void> {
    await Promise.resolve();
  }

  decode(_topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    const text = Buffer.from(value).toString();
    if (text === "NaN") return { status: "undecodable", code: "NOT_AVRO", reason: "no amount" };
    const writer = this.#writers[this.#build().definition === "set" ? "set" : "add"];
    return { status: "decoded", writer, payload: { total: BigInt(text) } };
  }

  encode(): Uint8Array {
    throw new TypeError("nothing is encoded here");
  }
}
