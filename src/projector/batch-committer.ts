import { EventQLError, isEventQLError, messageOf } from "../errors.ts";
import { newestAfter } from "../model/newest-record.ts";
import type { TopicPartition } from "../model/position.ts";
import type { CommitResult } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { BatchPart } from "./batch-parts.ts";
import { type Chunk, WRITING_EVENTS, eachAlone, transactionsOf } from "./chunks.ts";
import { type Companions, noCompanions } from "./companions.ts";
import { type BatchItem, bad } from "./decode-batch.ts";
import { type InvalidationOptions, invalidate } from "./invalidate.ts";
import { inBatchSpan, measureBatch } from "./observe-batch.ts";
import type { PartitionServices, Session } from "./partition-session.ts";
import { type HeldPartition, type PlannedBatch, checkpointAt, planBatch } from "./planned-batch.ts";
import { restingOn } from "./settlement/settled-count.ts";
import type { Tally } from "./tally.ts";

/** What committing a partition's batches needs. */
export interface BatchCommitterOptions {
  readonly of: TopicPartition;
  readonly services: PartitionServices;
  readonly logger: Logger;
  readonly tally: Tally;
  /** Default: none. */
  readonly companions?: Companions;
}

/** Folds the parts of a partition's batches, and commits each with the position behind it. */
export class BatchCommitter {
  readonly #options: BatchCommitterOptions;
  readonly #companions: Companions;
  #conflicts = 0;

  constructor(options: BatchCommitterOptions) {
    this.#options = options;
    this.#companions = options.companions ?? noCompanions;
  }

  /** Whether stored documents were other than expected: every key has to be looked up. */
  get distrusts(): boolean {
    return this.#conflicts > 0;
  }

  /**
   * Commits a part. False: it was fenced off, or what is held proved wrong, and the checkpoint is to be read anew; likewise
   * after a rejection, for then the outcome is open.
   * @throws EventQLError `TOO_MANY_PARKED` where the partition has to stop, and what the stores do.
   */
  async commit(session: Session, part: BatchPart): Promise<boolean> {
    const { of, services } = this.#options;
    const { tracer } = services;
    const held = { of, services, session };
    if (part.kind === "invalidation")
      return await inBatchSpan(tracer, of, [part.item], async () => await this.#invalidate(held, part));
    for (const { items, next } of chunksOf(session.projection, part)) {
      const project = async (): Promise<boolean> => await this.#project(held, items, next);
      if (!(await inBatchSpan(tracer, of, items, project))) return false;
    }
    return true;
  }

  /** Moves past what is no event, up to `next`. False: it was fenced off. */
  async pass(held: HeldPartition, next: number): Promise<boolean> {
    const { session, services, of } = held;
    const commit = {
      checkpoint: checkpointAt(held, next),
      from: session.next,
      also: restingOn(session, of),
      writes: [],
    };
    if ((await services.readModel.commit(commit)).status !== "committed") return false;
    session.next = next;
    return true;
  }

  /**
   * Moves to the log's end, past what is no event: together with other builds, or apart from one that decides how far
   * outputs are. False: it was fenced off.
   */
  async mark(held: HeldPartition, end: number, isApart: boolean): Promise<boolean> {
    const { session } = held;
    const next = isApart ? Math.min(end, session.outputs?.decided ?? end) : end;
    if (next <= session.next) return true;
    if (isApart) return await this.pass(held, next);
    return await this.commit(session, { kind: "events", items: [], next });
  }

  /** Commits the items in one transaction, or in smaller ones where that is too large. */
  async #project(held: HeldPartition, items: readonly BatchItem[], next: number): Promise<boolean> {
    const started = performance.now();
    const { of, services, logger, tally } = this.#options;
    const from = held.session.next;
    const own = await planBatch(held, items, next);
    const others = await this.#companions.plan({ items, from, next });
    try {
      const { status } = await services.readModel.commit(together(own, others));
      if (status !== "committed") this.#refused(status, others);
      if (status !== "committed") return false;
    } catch (error) {
      if (!isEventQLError(error, "COMMIT_TOO_LARGE")) throw this.#failed(error);
      for (const planned of [own, ...others]) planned.dropped();
      return await this.#projectHalves(held, items, next, error);
    }
    for (const planned of [own, ...others]) planned.committed();
    tally.add(own.folded, items.length, logger);
    measureBatch(services.metrics, of, items.length, own.folded.setAside, started);
    this.#conflicts = 0;
    return true;
  }

  async #projectHalves(
    held: HeldPartition,
    items: readonly BatchItem[],
    next: number,
    why: EventQLError,
  ): Promise<boolean> {
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      return await this.#project(held, [bad(only.record, only.key, "EVENT_TOO_LARGE", why.message)], next);
    }
    const middle = items[Math.floor(items.length / 2)];
    if (middle === undefined) throw why;
    const index = items.indexOf(middle);
    const first = await this.#project(held, items.slice(0, index), middle.record.offset);
    return first && (await this.#project(held, items.slice(index), next));
  }

  /** Makes a transaction invalid: each build does so on its own, for it may take several commits. */
  async #invalidate(held: HeldPartition, part: Extract<BatchPart, { kind: "invalidation" }>): Promise<boolean> {
    const { session, services } = held;
    const { logger, tally } = this.#options;
    this.#companions.leave();
    const { item, next } = part;
    const newest = newestAfter(session.newest, [item.record], services.idHeader);
    const commit: InvalidationOptions["commit"] = async (writes, to) => {
      const checkpoint = checkpointAt(held, to, to === next ? newest : session.newest);
      const also = restingOn(session, held.of);
      return (await services.readModel.commit({ checkpoint, from: session.next, also, writes })).status;
    };
    try {
      const status = await invalidate({ services, session, item, next, logger, commit });
      if (status !== "committed") this.#refused(status, []);
      if (status !== "committed") return false;
    } catch (error) {
      throw this.#failed(error);
    }
    session.next = next;
    session.newest = newest;
    session.journals.committed(next);
    tally.invalidated();
    this.#conflicts = 0;
    return true;
  }

  /** A document was, or wasn't, there against expectation: from now on every key is looked up. */
  #refused(status: CommitResult["status"], others: readonly PlannedBatch[]): void {
    // Whichever of them is to blame: alone each learns where it stands.
    this.#companions.leave();
    if (status !== "conflict" || others.length > 0) return;
    this.#conflicts += 1;
    if (this.#conflicts < 3) return;
    const message = "Stored documents contradict the checkpoint: another program writes to this database.";
    throw new EventQLError("INTERNAL", message);
  }

  /** The outcome is open: nothing that was held may be trusted. */
  #failed(error: unknown): unknown {
    this.#companions.leave();
    this.#options.logger.debug({ error: messageOf(error) }, "a commit failed: the checkpoint is read anew");
    return error;
  }
}

function chunksOf(
  { commit, journaled, writes }: Session["projection"],
  { items, next }: Extract<BatchPart, { kind: "events" }>,
): readonly Chunk[] {
  if (commit === "event") return eachAlone(items, next);
  return transactionsOf(items, next, journaled.size > 0, writes === undefined ? undefined : WRITING_EVENTS);
}

function together(
  { move, also, writes }: PlannedBatch,
  others: readonly PlannedBatch[],
): Parameters<PartitionServices["readModel"]["commit"]>[0] {
  const moves = [...also, ...others.flatMap((other) => [other.move, ...other.also])];
  if (moves.length === 0) return { ...move, writes };
  return { ...move, also: moves, writes: [...writes, ...others.flatMap((other) => other.writes)] };
}
