import { once } from "node:events";
import { CatalogGate } from "../catalog/catalog-gate.ts";
import { type EventQLError, isEventQLError, messageOf } from "../errors.ts";
import { retryUntilDone } from "../event-log/backoff.ts";
import type { OffsetRange, RecordBatch } from "../event-log/event-log.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Held, HeldPartition, type StreamPartitionOptions } from "./held-partition.ts";
import { type Counted, countPart, countedTogether, inChunkSpan } from "./observe-stream.ts";
import type { PartyEnds } from "./outside-party.ts";
import { settleRequests } from "./settlement/settle-requests.ts";
import { chunksOf } from "./stream-chunks.ts";
import type { WorkedPart } from "./stream-committer.ts";
import type { Outcome } from "./outcome.ts";
import { tooManyParked, withinLimit } from "./stream-halts.ts";
import { type StreamItem, decodeItems, topicOf } from "./stream-item.ts";
import { hasPassedAside } from "./stream-session.ts";
import type { StreamPartitionStatus } from "./stream-status.ts";
import { workByCatalog } from "./stream-worker.ts";
import { Turns } from "./turns.ts";
import { isImmediate } from "./work-on.ts";

/** Events worked on in one turn: of streams that wait for outside parties, fewer. */
const CHUNK = 5_000;
const ASKING_CHUNK = 500;

/** Takes the events of one partition through a stream, for as long as it is assigned to this process. */
export class StreamPartition {
  readonly #options: StreamPartitionOptions;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #ends: PartyEnds = { stopping: this.#stopping.signal, ended: this.#ended.signal };
  readonly #gate: CatalogGate<StreamItem>;
  readonly #partition: HeldPartition;
  /** Batches, and what is asked for about dead letters. */
  readonly #turns = new Turns();
  #isAsked = true;
  /** Where to go on from, where that isn't known to who delivers. */
  #moved: number | undefined;
  #halted: EventQLError | undefined;
  #resumed: PromiseWithResolvers<void> = Promise.withResolvers();
  #caughtUp = false;
  /** The log's end when it was last reached: markers may put it past the last event. */
  #end = 0;
  #counts: Counted = { taken: 0, written: 0, deadLetters: 0 };

  constructor(options: StreamPartitionOptions) {
    const { services, stream, of } = options;
    this.#options = options;
    this.#logger = services.logger.child({ stream: stream.name, ...of });
    this.#partition = new HeldPartition(options, this.#logger, this.#stopping.signal);
    this.#gate = new CatalogGate({
      codec: services.codec,
      catalog: services.catalog,
      logger: this.#logger,
      signal: this.#stopping.signal,
      decode: (records) => decodeItems(services.codec, stream, records),
      topicOf,
    });
  }

  /** Takes the partition over; returns where to begin. One that may not go on is halted: it takes no records. */
  async open(range: OffsetRange): Promise<number> {
    this.#partition.assigned(range);
    const position = await this.#turns.run(async () => await this.#reopen(range.low));
    this.wake();
    return position;
  }

  /** Something may be asked for about dead letters. */
  wake(): void {
    this.#isAsked = true;
    void retryUntilDone(async () => await this.#turns.run(async () => await this.#settle()), {
      signal: this.#stopping.signal,
      onFailure: (error, pauseMs) => {
        this.#logger.warn({ error: messageOf(error), pauseMs }, "dead letters could not be settled; it is tried again");
      },
    });
  }

  /** Takes a batch through the stream; returns the position to go on from. */
  async apply(batch: RecordBatch): Promise<number> {
    await this.#untilResumed();
    const next = await this.#turns.run(async () => await this.#apply(batch));
    if (this.#isAsked) void this.#turns.run(async () => await this.#settle()).catch(() => {});
    return next;
  }

  /** The log's end was reached, at the position `next`. */
  caughtUp(next: number): void {
    if (this.#halted !== undefined) return;
    this.#caughtUp = true;
    this.#end = next;
    this.#partition.passed(next);
  }

  /** Begins nothing new. What is under way ends by itself, or is given up after its time. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    setTimeout(() => {
      this.#ended.abort();
    }, this.#options.services.graceMs).unref();
  }

  /** Stores how far it is, and gives the partition up. Never rejects. */
  async close(): Promise<void> {
    this.stop();
    await this.#partition.close();
  }

  /** How the partition is doing. */
  status(): StreamPartitionStatus {
    const { last } = this.#partition;
    return {
      ...this.#options.of,
      stream: this.#options.stream.name,
      next: Math.max(last?.committer.next ?? 0, this.#end),
      caughtUp: this.#caughtUp,
      ...this.#counts,
      parkedKeys: last?.session.parked.size ?? 0,
      waitingForCatalog: this.#gate.waiting,
      halted: this.#halted,
    };
  }

  async #apply(batch: RecordBatch): Promise<number> {
    this.#partition.saw(batch);
    const { held } = this.#partition;
    if (held === undefined) return await this.#reopen(batch.next);
    const moved = this.#moved;
    this.#moved = undefined;
    if (moved !== undefined) return moved;
    const records = batch.records.filter(({ offset }) => offset >= held.session.from);
    const { items, next } = await this.#gate.pass({ records, next: batch.next });
    try {
      return await this.#workThrough(held, items, next);
    } catch (error) {
      await this.#partition.close();
      if (isEventQLError(error, "OWNER_FENCED")) this.#partition.fenced();
      else if (!isEventQLError(error, "EVENT_TOO_LARGE")) throw error;
      return await this.#reopen(batch.next);
    }
  }

  /** One part is worked on while the one before is written. */
  async #workThrough(held: Held, items: readonly StreamItem[], next: number): Promise<number> {
    const { services, stream, of } = this.#options;
    const size = isImmediate(stream) ? CHUNK : ASKING_CHUNK;
    let writing: Promise<void> = Promise.resolve();
    let position = held.committer.next;
    try {
      for (const chunk of chunksOf(items, next, size)) {
        const started = performance.now();
        const outcomes = await inChunkSpan(services.tracer, of, chunk.items, async () =>
          workByCatalog({ services, stream, ends: this.#ends }, held.session, chunk.items),
        );
        await writing;
        if (held.session.parked.size > services.maxParkedKeys) return await this.#haltIn(held, outcomes, started);
        const isWhole = outcomes.length === chunk.items.length;
        const end = outcomes.at(-1)?.item.record.offset;
        position = isWhole ? chunk.next : end === undefined ? position : end + 1;
        writing = this.#write(held, { outcomes, next: position }, started);
        writing.catch(() => {});
        if (!isWhole) break;
      }
      await writing;
    } finally {
      await Promise.allSettled([writing]);
    }
    return position;
  }

  async #write({ committer }: Held, part: WorkedPart, started: number): Promise<void> {
    const { services, stream, of } = this.#options;
    await committer.commit(part);
    this.#partition.wrote();
    const observers = { metrics: services.metrics, logger: this.#logger, stream: stream.name, of };
    const counted = countPart(observers, part, started);
    this.#counts = countedTogether(this.#counts, counted);
  }

  /** Goes as far as it may. Only what is stored is held from then on: once some of that is settled, it goes on. */
  async #haltIn(held: Held, outcomes: readonly Outcome[], started: number): Promise<number> {
    const { services, stream, of } = this.#options;
    const fitting = withinLimit(outcomes, held.session.stored.keys, services.maxParkedKeys);
    const next = outcomes[fitting.length]?.item.record.offset ?? held.committer.next;
    await this.#write(held, { outcomes: fitting, next }, started);
    await held.committer.store();
    if (held.committer.isOver) return await this.#reopen(next);
    this.#halt(tooManyParked(stream, of, services.maxParkedKeys));
    return await this.#reopen(next);
  }

  async #settle(): Promise<void> {
    if (!this.#isAsked || this.#stopping.signal.aborted) return;
    if (this.#partition.held === undefined) {
      this.#moved = await this.#reopen(this.#partition.last?.committer.next ?? 0, false);
    }
    const { held } = this.#partition;
    if (held === undefined) return;
    const { session, committer } = held;
    if (!hasPassedAside(session, committer.next)) return;
    await committer.store();
    if (committer.isOver) return;
    this.#isAsked = false;
    try {
      const turn = { ...this.#options, ends: this.#ends, session, position: committer.next };
      const count = await settleRequests(turn);
      if (count > 0) this.#settled(count, session.parked.size);
    } catch (error) {
      this.#isAsked = true;
      await committer.close();
      // Who has it now does what is asked for; so does this one, when records come to it.
      if (!isEventQLError(error, "OWNER_FENCED")) throw error;
    }
  }

  #settled(requests: number, parkedKeys: number): void {
    this.#logger.info({ requests, parkedKeys }, "requests about dead letters were carried out");
    if (this.#halted?.code !== "TOO_MANY_PARKED") return;
    this.#halted = undefined;
    this.#resumed.resolve();
  }

  /** Takes the partition over anew; returns the position to go on from, or where it stays where it may not. */
  async #reopen(where: number, isTold = true): Promise<number> {
    try {
      return await this.#partition.takeOver(isTold);
    } catch (error) {
      if (!isEventQLError(error, "HISTORY_GONE")) throw error;
      this.#halt(error);
      return where;
    }
  }

  #halt(error: EventQLError): void {
    this.#halted = error;
    this.#logger.error({ code: error.code }, error.message);
  }

  async #untilResumed(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#halted !== undefined) {
      signal.throwIfAborted();
      this.#resumed = Promise.withResolvers();
      await Promise.race([this.#resumed.promise, once(signal, "abort")]);
    }
  }
}
