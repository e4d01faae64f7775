import { isEventQLError, messageOf } from "../../errors.ts";
import { pause, retryUntilDone } from "../../event-log/backoff.ts";
import type { PartitionOwner } from "../../event-log/event-log.ts";
import { Wake } from "../../event-log/wake.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Chunk, ChunkPlace } from "./outbox.ts";
import { OutboxRows } from "./outbox-rows.ts";
import { type GroupServices, publishGroup } from "./publish-group.ts";
import { PublisherQueue, groupOf } from "./publisher-queue.ts";

/** What publishing the outputs of one partition needs. */
export interface PublisherOptions extends GroupServices {
  readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">;
  readonly logger: Logger;
  /** Of the input topic. */
  readonly partitions: number;
  /** Told how many outputs were published at once, and how long that took. Must not throw. */
  readonly onPublished: (outputs: number, seconds: number) => void;
}

/** The pauses, in ms, before a partition is taken over anew: at first, where another process has it, and at the most. */
const FIRST_PAUSE_MS = 20;
const FENCED_PAUSE_MS = 300;
const MAX_PAUSE_MS = 10_000;

/**
 * Appends the outputs of one partition to their topics, in the order in which they were stored: each group in one
 * transaction with the position in the input that it reaches to, so that whoever goes on knows what is published.
 */
export class PartitionPublisher {
  readonly #options: PublisherOptions;
  readonly #queue = new PublisherQueue();
  readonly #rows: OutboxRows;
  readonly #stop = new AbortController();
  readonly #wake = new Wake(this.#stop.signal);
  /** Up to where outputs are published. */
  #published = 0;
  /** What of the outbox was read to its end. */
  #read: ChunkPlace | undefined;
  #draining = false;
  #failures = 0;
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #running: Promise<void>;

  constructor(options: PublisherOptions, decided: ChunkPlace) {
    this.#options = options;
    this.#rows = new OutboxRows(options);
    this.#queue.begin(decided);
    this.#running = this.#run();
  }

  /** Outputs are decided up to here, as the read model has it. */
  begin(decided: ChunkPlace): void {
    this.#queue.begin(decided);
    this.#wake.notify();
  }

  /** A batch was committed: its outputs, if it has any. */
  add(chunk: Chunk | undefined, from: number, next: number): void {
    this.#queue.add(chunk, from, next);
    this.#wake.notify();
  }

  /** Events that had been set aside were applied: their outputs. */
  addLate(chunk: Chunk): void {
    this.#queue.addLate(chunk);
    this.#wake.notify();
  }

  /** Resolves when there is room for another batch's outputs. @throws the signal's reason. */
  async room(signal: AbortSignal): Promise<void> {
    if (this.#queue.hasRoom) return;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      while (!this.#queue.hasRoom) {
        signal.throwIfAborted();
        await Promise.race([this.#waiting.promise, aborted]);
      }
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Gives the partition up: when everything that is stored is published, or somebody else has taken it over, or `ms` are
   * over and a transaction under way has ended. Never rejects.
   */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    this.#wake.notify();
    const timer = setTimeout(() => this.#stop.abort(), ms);
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && !this.#isDrained()) {
      const owner = await this.#takeOver();
      if (owner === undefined) break;
      const failure = await this.#publishAs(owner);
      await owner.release();
      // Who has taken it over publishes what is left.
      if (failure === undefined || (this.#draining && isEventQLError(failure.error, "OWNER_FENCED"))) break;
      this.#queue.restart();
      await pause(this.#pauseAfter(failure.error), signal);
    }
    // What isn't removed now will be by who takes over.
    await this.#tidy(true);
  }

  async #takeOver(): Promise<PartitionOwner | undefined> {
    const { log, owner, place } = this.#options;
    return await retryUntilDone(async () => await log.takeOver({ name: owner, input: place.of }), {
      signal: this.#stop.signal,
      onFailure: (error, pauseMs) => this.#complain(error, pauseMs),
    });
  }

  /** Publishes until it is stopped (undefined), or something fails. */
  async #publishAs(owner: PartitionOwner): Promise<{ readonly error: unknown } | undefined> {
    try {
      // Kafka forgets positions that nobody stored for long, the outbox doesn't.
      this.#published = Math.max(owner.next ?? 0, await this.#rows.published());
      await this.#rows.findPublished(this.#published);
      this.#read = undefined;
      for (let group = await this.#next(); group.length > 0; group = await this.#next()) {
        await this.#publish(owner, group);
        await this.#tidy();
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #publish(owner: PartitionOwner, group: readonly Chunk[]): Promise<void> {
    const begun = performance.now();
    const next = Math.max(this.#published, group.at(-1)?.next ?? 0);
    await publishGroup(this.#options, owner, group, next);
    this.#published = next;
    this.#rows.publishedUpTo(next, group);
    this.#queue.published(group);
    this.#failures = 0;
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
    const outputs = group.reduce((sum, chunk) => sum + chunk.outputs.length, 0);
    this.#options.onPublished(outputs, (performance.now() - begun) / 1_000);
  }

  /** What is published next; none: it is over. */
  async #next(): Promise<readonly Chunk[]> {
    for (;;) {
      if (this.#stop.signal.aborted) return [];
      const { stored } = this.#queue;
      if (this.#read !== stored) {
        const chunks = await this.#rows.read(this.#published, stored);
        if (chunks.length > 0) return groupOf(chunks);
        this.#published = Math.max(this.#published, stored.next);
        this.#read = stored;
      }
      const group = this.#queue.take().filter(({ next, late }) => late > 0 || next > this.#published);
      if (group.length > 0) return group;
      if (this.#isDrained()) return [];
      await this.#idle();
    }
  }

  /** Waits for work; meanwhile, what is published is removed. */
  async #idle(): Promise<void> {
    const { dueMs } = this.#rows;
    if (dueMs === undefined) return await this.#wake.wait();
    const timer = setTimeout(() => this.#wake.notify(), dueMs + 1);
    await this.#wake.wait();
    clearTimeout(timer);
    await this.#tidy();
  }

  /** Rows that stay for a while harm nobody: publishing goes on without the read model, as long as it has something. */
  async #tidy(isLast = false): Promise<void> {
    if (!isLast && !this.#rows.isDue) return;
    try {
      await this.#rows.remove();
    } catch (error) {
      const fields = { ...this.#fields(), error: messageOf(error) };
      this.#options.logger.debug(fields, "published outputs could not be removed; it is tried again");
    }
  }

  #isDrained(): boolean {
    return this.#draining && this.#queue.isEmpty && this.#read === this.#queue.stored;
  }

  #pauseAfter(error: unknown): number {
    const isFenced = isEventQLError(error, "OWNER_FENCED");
    const first = isFenced ? FENCED_PAUSE_MS : FIRST_PAUSE_MS;
    const pauseMs = Math.min(MAX_PAUSE_MS, first * 2 ** this.#failures);
    this.#failures += 1;
    if (isFenced)
      this.#options.logger.info(this.#fields(), "another process has taken the outputs of a partition over");
    else this.#complain(error, pauseMs);
    return pauseMs;
  }

  #complain(error: unknown, pauseMs: number): void {
    const level = isEventQLError(error) && !error.retriable ? "error" : "warn";
    const fields = { ...this.#fields(), code: isEventQLError(error) ? error.code : undefined };
    this.#options.logger[level](
      { ...fields, error: messageOf(error), pauseMs },
      "outputs could not be published; it is tried again",
    );
  }

  #fields(): Record<string, unknown> {
    const { projection, of } = this.#options.place;
    return { stream: projection, topic: of.topic, partition: of.partition };
  }
}
