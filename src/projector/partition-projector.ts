import { setTimeout as delay } from "node:timers/promises";
import { isEventQLError } from "../errors.ts";
import type { OffsetRange, RecordBatch } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { isIntermediate } from "../model/origin.ts";
import type { TopicPartition } from "../model/position.ts";
import { settledRecords } from "../read-model/settlement/settlements.ts";
import type { Logger } from "../telemetry/logger.ts";
import { BatchCommitter } from "./batch-committer.ts";
import { partsOf } from "./batch-parts.ts";
import { PartitionShadows } from "./builds/partition-shadows.ts";
import { projectorGate } from "./catalog-gate.ts";
import type { DecodedItem } from "./decode-batch.ts";
import { EndMarks, type ReachedEnd, standsAt } from "./end-marks.ts";
import { Halting } from "./halting.ts";
import { isOfOther, logChanged, reasonToHalt } from "./halts.ts";
import type { OwnerServices } from "./owner-services.ts";
import { settleBetween } from "./owner-turn.ts";
import type { PartitionStatus } from "./partition-status.ts";
import { type Session, openSession } from "./partition-session.ts";
import { firstCheckpoint } from "./planned-batch.ts";
import { retryUntilAborted } from "./retry.ts";
import { Tally } from "./tally.ts";
import { Turns } from "./turns.ts";

/** Applies the batches of one partition, for as long as it is assigned to this process. */
export class PartitionProjector {
  readonly #of: TopicPartition;
  readonly #services: OwnerServices;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #gate: ReturnType<typeof projectorGate>;
  readonly #tally = new Tally();
  readonly #committer: BatchCommitter;
  /** The other builds of the partition. */
  readonly #shadows: PartitionShadows | undefined;
  /** Batches, and what is done between them, never overlap. */
  readonly #turns = new Turns();
  #session: Session | undefined;
  /** Where the session stood when the log was told a position: its next batch begins there. */
  #told = 0;
  readonly #halt: Halting;
  readonly #marks: EndMarks;
  #isOpen = false;
  #caughtUp = false;
  /** The log's end when it was last reached: markers may put it past the last batch. */
  #end = 0;
  /** The oldest offset that the log had when the partition was assigned. */
  #low = 0;

  constructor(of: TopicPartition, services: OwnerServices) {
    this.#of = { topic: of.topic, partition: of.partition };
    this.#services = services;
    this.#logger = services.logger.child({ ...this.#of });
    this.#halt = new Halting(this.#logger);
    this.#marks = new EndMarks((reached) => void this.#markEnd(reached), services.marksAfterMs);
    const { codec, catalog } = services;
    const [own, tally, logger] = [this.#of, this.#tally, this.#logger];
    this.#gate = projectorGate({ codec, topic: of.topic, catalog, logger, signal: this.#stop.signal });
    const position = (): number | undefined =>
      this.#isOpen && this.#halt.reason === undefined ? this.#session?.next : undefined;
    const turn: Turns["run"] = async (work) => await this.#turns.run(work);
    this.#shadows = services.beside && new PartitionShadows({ of: own, services, position, turn }, services.beside);
    const companions = this.#shadows;
    this.#committer = new BatchCommitter({ of: own, services, logger, tally, ...(companions && { companions }) });
  }

  /** Reads where to begin. A partition that may not go on is halted: it takes no records until it is stopped. */
  async open(range: OffsetRange): Promise<number> {
    return await this.#turn(async () => {
      const checkpoint = await this.#services.readModel.openCheckpoint(firstCheckpoint(this.#services, this.#of));
      const reason = reasonToHalt(checkpoint, range, this.#services);
      if (reason !== undefined) this.#halt.begin(reason);
      this.#low = range.low;
      this.#session = await this.#open(checkpoint);
      this.#isOpen = true;
      if (reason === undefined) await this.#settle();
      this.#shadows?.update();
      return Math.max(this.#tell(this.#session), range.low);
    });
  }

  /** Applies a batch; returns the position to go on from. */
  async apply(batch: RecordBatch): Promise<number> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#halt.over(signal);
      const next = await retryUntilAborted(signal, this.#logger, async () => {
        const held = this.#current();
        if (held === undefined) return await this.#turns.run(async () => await this.#goOn());
        const records = settledRecords(held.settlements, batch.records);
        const { items, next: behind } = await this.#gate.pass({ ...batch, records });
        return await this.#turns.run(async () => await this.#apply(items, behind));
      });
      if (this.#halt.reason === undefined) return next;
    }
  }

  /** Something is asked for that is done between batches. Resolves when it is done, or the partition is given up. */
  async wake(): Promise<void> {
    this.#shadows?.wake();
    await this.#turn(async () => {
      if (this.#isOpen && (this.#halt.reason === undefined || this.#halt.mayEnd)) await this.#settle();
    }).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  /** The log's end was reached, at the position `next`. */
  caughtUp(next: number): void {
    if (this.#halt.reason !== undefined) return;
    this.#caughtUp = true;
    this.#end = next;
    if (this.#services.marksEnd === true) void this.#markEnd({ end: next });
    else if (isIntermediate(this.#of.topic)) this.#marks.reached(this.#current(), next);
  }

  /** Other builds may be wanted beside this one. */
  buildsChanged(): void {
    if (this.#isOpen && !this.#stop.signal.aborted) this.#shadows?.update();
  }

  /** Ends waiting and retrying; a commit under way ends by itself. */
  stop(): void {
    this.#stop.abort();
    this.#shadows?.stop();
  }

  /** After it was stopped: resolves when no other build is worked on. */
  async ended(): Promise<void> {
    await this.#shadows?.ended();
  }

  /** How the partition is doing. */
  status(): PartitionStatus {
    return {
      ...this.#of,
      next: Math.max(this.#session?.next ?? 0, this.#end),
      caughtUp: this.#caughtUp,
      ...this.#tally.counts,
      parkedKeys: this.#session?.parked.size ?? 0,
      waitingForCatalog: this.#gate.waiting,
      halted: this.#halt.reason,
      ...(this.#shadows && { haltedBuilds: this.#shadows.halted() }),
    };
  }

  /** Another build may have passed what is no event at the end: this one must not seem to be behind it. */
  async #markEnd(reached: ReachedEnd): Promise<void> {
    await this.#turn(async () => {
      const session = this.#current();
      if (session === undefined || !standsAt(reached, session) || this.#halt.reason !== undefined) return;
      const held = { of: this.#of, services: this.#services, session };
      if (await this.#committer.mark(held, reached.end, this.#services.marksEnd === true)) this.#tell(session);
      else this.#session = undefined;
    }).catch(() => {});
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    return await retryUntilAborted(this.#stop.signal, this.#logger, async () => await this.#turns.run(work));
  }

  /** The session, where it is what the newest catalog asks for and stands where the log was told. */
  #current(): Session | undefined {
    const session = this.#session;
    const isUsable = session !== undefined && session.next === this.#told && this.#isCurrent(session);
    return isUsable ? session : undefined;
  }

  #isCurrent({ projection }: Session): boolean {
    const { name, definition } = this.#services.projection();
    return projection.name === name && projection.definition === definition;
  }

  async #apply(items: readonly DecodedItem[], next: number): Promise<number> {
    // The catalog may have become another one meanwhile: what it decodes must be folded as it says.
    if (this.#current() === undefined) return await this.#goOn();
    await this.#settle();
    const session = this.#current();
    if (session === undefined) return await this.#goOn();
    const limit = await session.outputs?.room(session.next);
    try {
      for (const part of partsOf(items, next, limit)) {
        if (await this.#committer.commit(session, part)) continue;
        this.#session = undefined;
        return await this.#goOn();
      }
    } catch (error) {
      this.#session = undefined;
      if (!isEventQLError(error, "TOO_MANY_PARKED")) throw error;
      this.#halt.begin(error);
      return await this.#goOn();
    }
    return this.#tell(session);
  }

  /** The position to go on from, after somebody else moved the checkpoint or what was held proved wrong. */
  async #goOn(): Promise<number> {
    this.#end = 0;
    return this.#tell(await this.#held());
  }

  #tell(session: Session): number {
    this.#told = session.next;
    return session.next;
  }

  /** What is held of the partition, which is read anew where it has to be. */
  async #held(): Promise<Session> {
    if (this.#session === undefined || !this.#isCurrent(this.#session)) this.#session = await this.#reopen();
    return this.#session;
  }

  /** Does what is asked for between batches, until nothing is left. */
  async #settle(): Promise<void> {
    const { between, maxParkedKeys } = this.#services;
    if (between === undefined) return;
    for (;;) {
      const held = { of: this.#of, services: this.#services, session: await this.#held() };
      const outcome = await settleBetween(held, between, this.#logger).catch((error: unknown) => {
        this.#session = undefined;
        throw error;
      });
      if (outcome === "done") break;
      this.#session = undefined;
    }
    const parked = this.#session?.parked.size ?? 0;
    if (this.#halt.mayEnd && parked < maxParkedKeys) this.#halt.end();
  }

  async #reopen(): Promise<Session> {
    const { readModel, catalog } = this.#services;
    const generation = (): number => this.#services.projection().generation;
    const checkpoint = await readModel.openCheckpoint(firstCheckpoint(this.#services, this.#of));
    if (isOfOther(checkpoint, this.#services.log)) this.#halt.begin(logChanged(checkpoint));
    if (checkpoint.generation > generation()) {
      this.#logger.info({ generation: checkpoint.generation }, "a newer catalog is in use: reading the registry anew");
      await catalog.refresh(checkpoint.generation);
    }
    if (checkpoint.generation > generation()) {
      await delay(500, undefined, { signal: this.#stop.signal });
    }
    return await this.#open(checkpoint);
  }

  async #open(at: Checkpoint): Promise<Session> {
    const start = { at, low: this.#low, distrust: this.#committer.distrusts, signal: this.#stop.signal };
    return await openSession(this.#services, this.#of, start);
  }
}
