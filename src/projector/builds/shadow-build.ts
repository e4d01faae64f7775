import { setTimeout as delay } from "node:timers/promises";
import { type ErrorCode, type EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { RangeRecords } from "../../event-log/event-log.ts";
import { settledRecords } from "../../read-model/settlement/settlements.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { noMetrics } from "../../telemetry/metrics.ts";
import { noTracer } from "../../telemetry/tracing.ts";
import { BatchCommitter } from "../batch-committer.ts";
import { partsOf } from "../batch-parts.ts";
import { projectorGate } from "../catalog-gate.ts";
import type { Run } from "../companions.ts";
import { type BatchItem, decodeRecords } from "../decode-batch.ts";
import { historyExpired, reasonToHalt } from "../halts.ts";
import { type PartitionServices, type Session, openSession } from "../partition-session.ts";
import { settleBetween } from "../owner-turn.ts";
import { type HeldPartition, type PlannedBatch, firstCheckpoint, planBatch } from "../planned-batch.ts";
import { retryUntilAborted } from "../retry.ts";
import { Tally } from "../tally.ts";
import type { Beside, BesideBuild } from "./beside.ts";
import type { ShadowHost } from "./shadow-host.ts";

/** Records that are read at once: large batches cost least. */
const RANGE = 20_000;

/** So many records short of the other build's position the rest is applied while that one waits. */
const LAST_STEP = 2_000;

/** ms between two looks at where the other build is. */
const LOOK_MS = 20;

/** Who doesn't stay joined for so long is in the way of somebody else who makes the build: it waits longer each time, in ms. */
const SETTLED_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 5_000;

/** What goes on only when somebody has done something about it, for which it looks so often, in ms. */
const FINAL: ReadonlySet<ErrorCode> = new Set(["TOO_MANY_PARKED", "HISTORY_GONE", "PARTITION_MISMATCH"]);
const HALTED_MS = 10_000;

/**
 * A build of a partition beside the one that its owner keeps: it catches up in the background on its own checkpoint, then
 * joins that one's transactions. Whatever goes wrong with it is its own affair: it leaves, and catches up again.
 */
export class ShadowBuild {
  readonly #build: BesideBuild;
  readonly #host: ShadowHost;
  readonly #log: Beside["log"];
  readonly #logger: Logger;
  readonly #services: PartitionServices;
  readonly #stop = new AbortController();
  readonly #gate: ReturnType<typeof projectorGate>;
  readonly #committer: BatchCommitter;
  #session: Session | undefined;
  /** Present while it has joined: it is resolved where it leaves. */
  #joined: PromiseWithResolvers<void> | undefined;
  #halted: EventQLError | undefined;
  #quarrels = 0;
  #wanted: Promise<void> = Promise.resolve();

  constructor(build: BesideBuild, host: ShadowHost, log: Beside["log"]) {
    const { of } = host;
    this.#build = build;
    this.#host = host;
    this.#log = log;
    this.#logger = host.services.logger.child({ ...of, build: build.id });
    // What is counted of a partition is what the build that is read has applied.
    this.#services = { ...host.services, ...build.services, metrics: noMetrics, tracer: noTracer };
    const { codec, catalog } = this.#services;
    const [logger, services] = [this.#logger, this.#services];
    this.#gate = projectorGate({ codec, catalog, topic: of.topic, logger, signal: this.#stop.signal });
    this.#committer = new BatchCommitter({ of, services, logger, tally: new Tally() });
  }

  /** Something is asked for that is done between batches. */
  wake(): void {
    this.leave();
  }

  /** Why it goes no further, if it doesn't. */
  get halted(): EventQLError | undefined {
    return this.#halted;
  }

  start(): void {
    this.#wanted = this.#run();
  }

  /** Ends it; resolves when nothing of it is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.leave();
    await this.#wanted;
  }

  /** From now on it moves on its own, from the stored checkpoint. */
  leave(): void {
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined === undefined) return;
    this.#session = undefined;
    joined.resolve();
  }

  /** What it adds to a transaction of the other build; undefined: it hasn't joined, or has just left. */
  async plan({ items, from, next }: Run): Promise<PlannedBatch | undefined> {
    const session = this.#session;
    if (this.#joined === undefined || session === undefined) return undefined;
    if (session.next === from && this.#isCurrent(session)) {
      try {
        const own = await this.#decode(items);
        if (own !== undefined) return await planBatch(this.#held(session), own, next);
      } catch (error) {
        this.#logger.debug({ error: messageOf(error) }, "a build left, to go on by itself");
      }
    }
    this.leave();
    return undefined;
  }

  /** By its own definition. Undefined: what can't be read needs a look at the registry, for which nobody waits here. */
  async #decode(items: readonly BatchItem[]): Promise<readonly BatchItem[] | undefined> {
    const given = items.map(({ record }) => record);
    const records = this.#session === undefined ? given : settledRecords(this.#session.settlements, given);
    const own = await decodeRecords(this.#services.codec, this.#host.of.topic, records);
    return own.some((item) => item.kind === "bad" && item.schemaId !== undefined) ? undefined : own;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) await retryUntilAborted(signal, this.#logger, async () => await this.#round());
    } catch (error) {
      if (!signal.aborted) this.#logger.error({ error: messageOf(error) }, "a build can't go on");
    }
  }

  /** From the stored checkpoint until it has joined, and left again. */
  async #round(): Promise<void> {
    const { signal } = this.#stop;
    if (!(await this.#build.isWanted())) {
      await delay(10 * LOOK_MS, undefined, { signal });
      return;
    }
    try {
      await this.#catchUp(await this.#open());
      const begun = performance.now();
      await this.#joined?.promise;
      this.#quarrels = performance.now() - begun > SETTLED_MS ? 0 : this.#quarrels + 1;
      const ms = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#quarrels, 10));
      await delay(ms * Math.random(), undefined, { signal });
    } catch (error) {
      this.#session = undefined;
      if (!isEventQLError(error) || !FINAL.has(error.code)) throw error;
      this.#halted = error;
      this.#logger.error({ code: error.code }, `the build can't go on: ${error.message}`);
      await delay(HALTED_MS, undefined, { signal });
      this.#halted = undefined;
    }
  }

  async #open(): Promise<HeldPartition> {
    const { of } = this.#host;
    const at = await this.#services.readModel.openCheckpoint(firstCheckpoint(this.#services, of));
    const range = (await this.#log.offsets(of.topic))[of.partition];
    const reason = range && reasonToHalt(at, range, this.#services);
    if (reason !== undefined) throw reason;
    this.#session = await openSession(this.#services, of, { at, low: 0, distrust: this.#committer.distrusts });
    const held = this.#held(this.#session);
    if ((await settleBetween(held, this.#host.services.between, this.#logger)) === "fenced") return await this.#open();
    return held;
  }

  /** Applies what the other build has, and joins it. */
  async #catchUp(held: HeldPartition): Promise<void> {
    const { session } = held;
    const { signal } = this.#stop;
    let ahead: { readonly from: number; readonly read: Promise<RangeRecords> } | undefined;
    for (;;) {
      signal.throwIfAborted();
      if (!this.#isCurrent(session)) return;
      const upTo = this.#host.position();
      if (upTo === undefined || upTo < session.next) {
        await delay(LOOK_MS, undefined, { signal });
        continue;
      }
      if (upTo - session.next <= LAST_STEP) {
        await this.#host.turn(async () => await this.#join(held));
        return;
      }
      const range = await (ahead?.from === session.next ? ahead.read : this.#read(session.next, upTo));
      ahead = { from: range.next, read: this.#read(range.next, Math.max(upTo, range.next)) };
      ahead.read.catch(() => {});
      if (!(await this.#apply(held, range))) return;
    }
  }

  /** While the other build waits. */
  async #join(held: HeldPartition): Promise<void> {
    const { session } = held;
    for (;;) {
      const upTo = this.#host.position();
      if (upTo === undefined || upTo < session.next || !this.#isCurrent(session)) return;
      if (upTo === session.next) break;
      if (!(await this.#apply(held, await this.#read(session.next, upTo)))) return;
    }
    this.#stop.signal.throwIfAborted();
    this.#joined = Promise.withResolvers();
    this.#logger.debug({ next: session.next }, "a build joined the live one");
  }

  async #read(from: number, until: number): Promise<RangeRecords> {
    const range = await this.#log.readRange({ ...this.#host.of, from, until, limit: RANGE });
    if (range.records[0]?.offset === from) return range;
    // What was removed before it was read must not be passed over.
    const low = (await this.#log.offsets(this.#host.of.topic))[this.#host.of.partition]?.low ?? 0;
    if (low > from) throw historyExpired(this.#host.of, { next: from, low });
    return range;
  }

  /** False: somebody else moved the checkpoint. */
  async #apply(held: HeldPartition, { records, next: end }: RangeRecords): Promise<boolean> {
    const { session } = held;
    let rest = settledRecords(session.settlements, records);
    while (rest.length > 0) {
      const { items, next } = await this.#gate.pass({ records: rest, next: end });
      for (const part of partsOf(items, next)) if (!(await this.#committer.commit(session, part))) return false;
      rest = rest.filter(({ offset }) => offset >= next);
    }
    if (session.next >= end) return true;
    // Markers, and what was aborted.
    return await this.#committer.pass(held, end);
  }

  #isCurrent({ projection }: Session): boolean {
    const { name, definition } = this.#services.projection();
    return projection.name === name && projection.definition === definition;
  }

  #held(session: Session): HeldPartition {
    return { of: this.#host.of, services: this.#services, session };
  }
}
