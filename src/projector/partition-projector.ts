import { setTimeout as delay } from "node:timers/promises";
import { EventQLError, isEventQLError, messageOf } from "../errors.ts";
import type { OffsetRange, RecordBatch } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type BatchPart, partsOf } from "./batch-parts.ts";
import { CatalogGate } from "./catalog-gate.ts";
import { transactionsOf } from "./chunks.ts";
import { commitOf } from "./commit-of.ts";
import { type BatchItem, bad } from "./decode-batch.ts";
import { type FoldedBatch, foldBatch } from "./fold-batch.ts";
import { reasonToHalt, tooManyParked } from "./halts.ts";
import { type InvalidationOptions, invalidate } from "./invalidate.ts";
import { keysByCollection } from "./keys-by-collection.ts";
import { inBatchSpan, measureBatch } from "./observe-batch.ts";
import type { PartitionStatus } from "./partition-status.ts";
import { type PartitionServices, type Session, openSession } from "./partition-session.ts";
import { retryUntilAborted, untilAborted } from "./retry.ts";
import { Tally } from "./tally.ts";

/** Applies the batches of one partition, for as long as it is assigned to this process. */
export class PartitionProjector {
  readonly #of: TopicPartition;
  readonly #services: PartitionServices;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #gate: CatalogGate;
  readonly #tally = new Tally();
  #session: Session | undefined;
  #halted: EventQLError | undefined;
  #caughtUp = false;
  /** The log's end when it was last reached: markers may put it past the last batch. */
  #end = 0;
  /** The oldest offset that the log had when the partition was assigned. */
  #low = 0;
  #conflicts = 0;

  constructor(of: TopicPartition, services: PartitionServices) {
    this.#of = { topic: of.topic, partition: of.partition };
    this.#services = services;
    this.#logger = services.logger.child({ ...this.#of });
    const { codec, catalog } = services;
    this.#gate = new CatalogGate({ codec, catalog, logger: this.#logger, signal: this.#stop.signal });
  }

  /** Reads where to begin. A partition that may not go on is halted: it takes no records until it is stopped. */
  async open(range: OffsetRange): Promise<number> {
    return await retryUntilAborted(this.#stop.signal, this.#logger, async () => {
      const checkpoint = await this.#services.readModel.openCheckpoint(this.#checkpoint(0));
      const reason = reasonToHalt(checkpoint, range, this.#services.partitions);
      if (reason !== undefined) this.#halt(reason);
      this.#low = range.low;
      this.#session = await this.#open(checkpoint);
      return Math.max(checkpoint.next, range.low);
    });
  }

  /** Applies a batch; returns the position to go on from. */
  async apply(batch: RecordBatch): Promise<number> {
    const { signal } = this.#stop;
    return await retryUntilAborted(signal, this.#logger, async () => {
      if (this.#halted !== undefined) return await untilAborted(signal);
      const session = this.#session;
      if (session === undefined || !this.#isCurrent(session)) return await this.#resume();
      const { items, next } = await this.#gate.pass(batch);
      // The catalog may have become another one meanwhile: what it decodes must be folded as it says.
      if (!this.#isCurrent(session)) return await this.#resume();
      for (const part of partsOf(items, next)) {
        if (!(await this.#applyPart(session, part))) return await this.#resume();
      }
      return next;
    });
  }

  /** False: it was left uncommitted. */
  async #applyPart(session: Session, part: BatchPart): Promise<boolean> {
    const { tracer } = this.#services;
    if (part.kind === "invalidation")
      return await inBatchSpan(tracer, this.#of, [part.item], async () => await this.#invalidate(session, part));
    for (const { items, next } of transactionsOf(part.items, part.next, session.projection.journaled.size > 0)) {
      const project = async (): Promise<boolean> => await this.#project(session, items, next);
      if (!(await inBatchSpan(tracer, this.#of, items, project))) return false;
    }
    return true;
  }

  /** The log's end was reached, at the position `next`. */
  caughtUp(next: number): void {
    if (this.#halted !== undefined) return;
    this.#caughtUp = true;
    this.#end = next;
  }

  /** Ends waiting and retrying; a commit under way ends by itself. */
  stop(): void {
    this.#stop.abort();
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
      halted: this.#halted,
    };
  }

  #isCurrent({ projection }: Session): boolean {
    return projection.definition === this.#services.projection().definition;
  }

  /** Commits the items in one transaction, or in smaller ones where that is too large. False: fenced off. */
  async #project(session: Session, items: readonly BatchItem[], next: number): Promise<boolean> {
    const started = performance.now();
    const folded = await this.#fold(session, items);
    const limit = this.#services.maxParkedKeys;
    if (session.parked.size + folded.parked.size > limit) {
      this.#halt(tooManyParked(this.#of, limit));
      return false;
    }
    try {
      const result = await this.#services.readModel.commit(commitOf(this.#checkpoint(next, session), session, folded));
      if (result.status === "conflict") this.#distrust();
      if (result.status !== "committed") return false;
    } catch (error) {
      if (!isEventQLError(error, "COMMIT_TOO_LARGE")) throw this.#dropped(error);
      return await this.#projectHalves(session, items, next, error);
    }
    session.cache.store(folded.changes);
    this.#passed(session, folded, items.length, next);
    measureBatch(this.#services.metrics, this.#of, items.length, folded.setAside, started);
    this.#conflicts = 0;
    return true;
  }

  /** Makes a transaction invalid. False: fenced off, or halted. */
  async #invalidate(session: Session, { item, next }: Extract<BatchPart, { kind: "invalidation" }>): Promise<boolean> {
    const commit: InvalidationOptions["commit"] = async (writes, to) => {
      const commitAt = { checkpoint: this.#checkpoint(to, session), from: session.next, writes };
      return (await this.#services.readModel.commit(commitAt)).status;
    };
    const options = { services: this.#services, session, item, next, logger: this.#logger, commit };
    try {
      const status = await invalidate(options);
      if (status === "conflict") this.#distrust();
      if (status !== "committed") return false;
    } catch (error) {
      if (!isEventQLError(error, "TOO_MANY_PARKED")) throw this.#dropped(error);
      this.#halt(error);
      return false;
    }
    session.next = next;
    session.journals.committed(next);
    this.#tally.invalidated();
    this.#conflicts = 0;
    return true;
  }

  async #projectHalves(
    session: Session,
    items: readonly BatchItem[],
    next: number,
    why: EventQLError,
  ): Promise<boolean> {
    session.cache.release();
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      return await this.#project(session, [bad(only.record, only.key, "EVENT_TOO_LARGE", why.message)], next);
    }
    const middle = items[Math.floor(items.length / 2)];
    if (middle === undefined) throw why;
    const index = items.indexOf(middle);
    const first = await this.#project(session, items.slice(0, index), middle.record.offset);
    return first && (await this.#project(session, items.slice(index), next));
  }

  async #fold(session: Session, items: readonly BatchItem[]): Promise<FoldedBatch> {
    const { projection, cache, parked } = session;
    for (const [collection, keys] of keysByCollection(projection, items)) {
      await cache.load(this.#services.readModel, collection, keys);
    }
    const stateOf = cache.get.bind(cache);
    return foldBatch({ projection, partition: this.#of.partition, items, parked, stateOf });
  }

  #passed(session: Session, folded: FoldedBatch, items: number, next: number): void {
    session.next = next;
    session.journals.committed(next);
    for (const key of folded.parked.keys()) session.parked.add(key);
    this.#tally.add(folded, items, this.#logger);
  }

  /** A document was, or wasn't, there against expectation: from now on every key is looked up. */
  #distrust(): void {
    this.#conflicts += 1;
    if (this.#conflicts < 3) return;
    const message = "Stored documents contradict the checkpoint: another program writes to this database.";
    throw new EventQLError("INTERNAL", message);
  }

  /** The position to go on from, after somebody else moved the checkpoint or the cache proved wrong. */
  async #resume(): Promise<number> {
    this.#session = undefined;
    this.#end = 0;
    if (this.#halted !== undefined) return await untilAborted(this.#stop.signal);
    const session = await this.#reopen();
    this.#session = session;
    return session.next;
  }

  async #reopen(): Promise<Session> {
    const checkpoint = await this.#services.readModel.openCheckpoint(this.#checkpoint(0));
    if (checkpoint.generation > this.#services.projection().generation) {
      this.#logger.info({ generation: checkpoint.generation }, "a newer catalog is in use: reading the registry anew");
      await this.#services.catalog.refresh(checkpoint.generation);
    }
    if (checkpoint.generation > this.#services.projection().generation) {
      await delay(500, undefined, { signal: this.#stop.signal });
    }
    return await this.#open(checkpoint);
  }

  async #open({ next }: Checkpoint): Promise<Session> {
    const distrust = this.#conflicts > 0;
    return await openSession(this.#services, this.#of, { next, low: this.#low, distrust });
  }

  /** After a failure the outcome is open: nothing that was held may be trusted. */
  #dropped(error: unknown): unknown {
    this.#session = undefined;
    this.#logger.debug({ error: messageOf(error) }, "a commit failed: the checkpoint is read anew");
    return error;
  }

  #halt(error: EventQLError): void {
    this.#halted = error;
    this.#logger.error({ code: error.code }, error.message);
  }

  #checkpoint(next: number, session?: Session): Checkpoint {
    const { name, generation } = session?.projection ?? this.#services.projection();
    return { projection: name, ...this.#of, next, generation, partitions: this.#services.partitions };
  }
}
