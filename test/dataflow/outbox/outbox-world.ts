import { join } from "node:path";
import type { EventLog, PartitionOwner } from "../../../src/event-log/event-log.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import { HEADER } from "../../../src/model/event.ts";
import type { Output } from "../../../src/model/output.ts";
import { OutboxSink } from "../../../src/dataflow/outbox/outbox-sink.ts";
import { OUTBOX, outboxCollections } from "../../../src/dataflow/outbox/outbox.ts";
import type { TopicPartition } from "../../../src/model/position.ts";
import type { PartitionOutputs, PlannedOutputs } from "../../../src/read-model/output-sink.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { uniqueName } from "../../support/real-stack.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Where a process dies: at its n-th call of a kind, before it has any effect, or when nobody hears of it any more. */
export interface CrashPoint {
  readonly call: "store" | "publish" | "takeOver" | "find";
  readonly nth: number;
  readonly when: "before" | "after";
}

const PARTITIONS = 3;
const NEVER = new Promise<never>(() => {});

/** Stores that outlive the processes that use them. */
export interface OutboxStores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

/** Opens stores of their own. */
export async function openStores(): Promise<OutboxStores> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const log = openEmbeddedEventLog({ file, logger: silentLogger });
  const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
  await readModel.ensureCollections(outboxCollections);
  const close = async (): Promise<void> => {
    await log.close();
    await readModel.close();
    await folder.remove();
  };
  return { log, readModel, close };
}

/** A stream's input, its outputs, and what waits to be applied late. */
export class OutboxWorld {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly projection: string = uniqueName("P");
  readonly of: TopicPartition = { topic: uniqueName("in"), partition: 0 };
  /** Of requests to apply what had been set aside. */
  readonly requests: string = uniqueName("requests");
  readonly #out = uniqueName("out");
  readonly #other = uniqueName("other");

  private constructor({ log, readModel }: OutboxStores) {
    this.log = log;
    this.readModel = readModel;
  }

  static async open(stores: OutboxStores, late: number): Promise<OutboxWorld> {
    const world = new OutboxWorld(stores);
    const { log, readModel, requests } = world;
    await log.createTopics([
      { name: world.of.topic, partitions: 1 },
      { name: world.#out, partitions: PARTITIONS },
      { name: world.#other, partitions: 1 },
    ]);
    await readModel.ensureCollections([{ name: requests }]);
    const checkpoint = { projection: requests, topic: "test", partition: 0, generation: 0, partitions: 1 };
    await readModel.openCheckpoint({ ...checkpoint, next: 0 });
    const inserts = Array.from({ length: late }, (_, index) => ({ _id: `late-${index}`, index }));
    const writes = [{ collection: requests, inserts, replacements: [], deletions: [] }];
    await readModel.commit({ checkpoint: { ...checkpoint, next: 1 }, from: 0, writes });
    return world;
  }

  /** What an event of the input leads to: none, one or two outputs. */
  outputsOf(offset: number): readonly Output[] {
    return Array.from({ length: [1, 0, 2, 1][offset % 4] ?? 1 }, (_, index) =>
      this.#output(offset, `${offset}.${index}`),
    );
  }

  /** What an event leads to that had been set aside. */
  lateOutput(index: number): Output {
    return this.#output(0, `late ${index}`);
  }

  #output(offset: number, id: string): Output {
    const topic = offset % 7 === 3 ? this.#other : this.#out;
    const value = Buffer.from(`value of ${id}`);
    return { topic, key: `key-${offset % 5}`, value, headers: { [HEADER.id]: id }, offset };
  }

  /** What was published, each partition's in order. */
  async published(): Promise<readonly Seen[]> {
    const places = [0, 1, 2, 3].map((index) => ({
      topic: index === PARTITIONS ? this.#other : this.#out,
      partition: index % PARTITIONS,
    }));
    const ranges = await Promise.all(places.map(async (of) => await this.log.readRange({ ...of, from: 0 })));
    return ranges.flatMap(({ records }) =>
      records.map(({ topic, key, headers, value }) => {
        return { topic, key: textOf(key), id: headers[HEADER.id] ?? "", value: textOf(value) };
      }),
    );
  }

  /** How many documents the outbox has. */
  async waiting(): Promise<number> {
    const filter = { projection: this.projection };
    return (await this.readModel.find(OUTBOX, { filter, fields: [] })).length;
  }
}

/** An output as who reads its topic sees it. */
export interface Seen {
  readonly topic: string;
  readonly key: string;
  readonly id: string;
  readonly value: string;
}

/** As who reads its topic is to see it. */
export function seenAs({ topic, key, value, headers }: Output): Seen {
  return { topic, key, id: headers[HEADER.id] ?? "", value: textOf(value) };
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString();
}

/** A process that folds the input and publishes what follows, until it is done or dies. */
export class OutboxProcess {
  readonly #world: OutboxWorld;
  readonly #crash: CrashPoint | undefined;
  readonly #died = Promise.withResolvers<never>();
  readonly #stop = new AbortController();
  readonly sink: OutboxSink;
  #calls = 0;
  #isDead = false;

  constructor(world: OutboxWorld, crash?: CrashPoint) {
    this.#world = world;
    this.#crash = crash;
    this.#died.promise.catch(() => {});
    const { log, readModel } = this.#deadly();
    const options = { log, readModel, logger: silentLogger, prefix: "test-stream", metrics: noMetrics };
    this.sink = new OutboxSink(options);
    this.readModel = readModel;
  }

  readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">;

  /** Folds the input up to `end`, `batch` events at once, and applies what is late. False: it died. */
  async run(end: number, batch: number): Promise<boolean> {
    try {
      await Promise.race([this.#fold(end, batch), this.#died.promise]);
      this.#stop.abort();
      await Promise.race([this.sink.ended(), this.#died.promise]);
      return true;
    } catch (error) {
      if (!this.#isDead) throw error;
      this.#stop.abort();
      return false;
    }
  }

  async #fold(end: number, batch: number): Promise<void> {
    for (;;) {
      const { projection, of } = this.#world;
      const checkpoint = { projection, ...of, generation: 0, partitions: 1 };
      const { next: from } = await this.readModel.openCheckpoint({ ...checkpoint, next: 0 });
      const own = { projection, of, generation: 0, partitions: 1, signal: this.#stop.signal };
      const outputs = await this.sink.open({ ...own, next: from });
      const isDone = await this.#session(outputs, from, end, batch);
      if (isDone) return;
    }
  }

  /** False: it was fenced off. */
  async #session(outputs: PartitionOutputs, start: number, end: number, batch: number): Promise<boolean> {
    for (let from = start; ;) {
      const late = await this.#applyLate(outputs, from);
      if (late === "fenced") return false;
      if (from === end && late === "none") return true;
      if (from === end) continue;
      await outputs.room(from);
      const next = Math.min(end, from + batch);
      const written = Array.from({ length: next - from }, (_, index) => this.#world.outputsOf(from + index)).flat();
      if (!(await this.#commit(outputs.plan(written, from, next), from, next))) return false;
      from = next;
    }
  }

  async #applyLate(outputs: PartitionOutputs, next: number): Promise<"none" | "applied" | "fenced"> {
    const [request] = await this.readModel.find(this.#world.requests, { filter: {}, limit: 1 });
    if (request === undefined) return "none";
    const isApplied = await this.#commit(
      outputs.planLate([this.#world.lateOutput(Number(request["index"]))]),
      next,
      next,
      [request._id],
    );
    return isApplied ? "applied" : "fenced";
  }

  async #commit(planned: PlannedOutputs, from: number, next: number, done: readonly string[] = []): Promise<boolean> {
    const { projection, of } = this.#world;
    const checkpoint = { projection, ...of, generation: 0, partitions: 1, next };
    const requests = { collection: this.#world.requests, inserts: [], replacements: [], deletions: done };
    const writes = [...planned.writes, ...(done.length === 0 ? [] : [requests])];
    const { status } = await this.readModel.commit({ checkpoint, from, also: planned.also, writes });
    if (status !== "committed") return false;
    planned.committed();
    return true;
  }

  /** The stores as a process has them that dies: its calls never end from then on. */
  #deadly(): {
    readonly log: Pick<EventLog, "takeOver" | "describeTopics">;
    readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">;
  } {
    const { log, readModel } = this.#world;
    const owned = (owner: PartitionOwner): PartitionOwner => ({
      next: owner.next,
      commit: async (commit) => await this.#at("publish", async () => await owner.commit(commit)),
      release: async () => await this.#at(undefined, async () => await owner.release()),
    });
    return {
      log: {
        takeOver: async (of) => owned(await this.#at("takeOver", async () => await log.takeOver(of))),
        describeTopics: async (names) => await this.#at(undefined, async () => await log.describeTopics(names)),
      },
      readModel: {
        find: async (name, options) => await this.#at("find", async () => await readModel.find(name, options)),
        openCheckpoint: async (at) => await this.#at(undefined, async () => await readModel.openCheckpoint(at)),
        commit: async (commit) => await this.#at("store", async () => await readModel.commit(commit)),
      },
    };
  }

  async #at<T>(call: CrashPoint["call"] | undefined, run: () => Promise<T>): Promise<T> {
    if (this.#isDead) return await NEVER;
    const isIts = call !== undefined && call === this.#crash?.call;
    if (isIts) this.#calls += 1;
    const dies = isIts && this.#calls === this.#crash?.nth;
    if (dies && this.#crash?.when === "before") return await this.#die();
    const result = await run();
    return dies || this.#isDead ? await this.#die() : result;
  }

  async #die(): Promise<never> {
    this.#isDead = true;
    this.#died.reject(new TypeError("the process died"));
    return await NEVER;
  }
}
