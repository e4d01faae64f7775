import { setImmediate as nextTurn } from "node:timers/promises";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Position } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { retryUntilDone } from "../backoff.ts";
import { AppendQueue } from "./append-queue.ts";
import { closed } from "./failures.ts";
import { groupByPartition, type LanePart, type LaneRecord, type PendingAppend } from "./lane-batch.ts";

/** Sends a lane's batches: one producer, one batch at a time. */
export interface LaneSender {
  /** Resolves when there is a producer to send with. Rejects where there is none now. */
  ready(): Promise<void>;

  /**
   * Sends one batch, and repeats it until its outcome is known or hope is lost.
   * @returns the offset of each part's first record; undefined: that part was not sent, and may be sent again
   * @throws EventQLError `EVENT_TOO_LARGE` or `APPEND_FAILED`: the log refused a part, while others may be written, and
   *   parts sent again alone are recognised; any other error: the outcome is unknown
   */
  send(parts: readonly LanePart[]): Promise<readonly (number | undefined)[]>;

  /** Gives the producer up after an unknown outcome: the next {@link ready} makes a new one and reads the log's end. */
  discard(parts: readonly LanePart[]): Promise<void>;
}

/** How a lane behaves. */
export interface LaneOptions {
  readonly sender: LaneSender;
  readonly logger: Logger;
  /** How long a caller waits, in ms. */
  readonly timeoutMs: number;
  /** Bytes that may wait. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
}

const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const MAX_RESENDS = 5;

/**
 * Group commit: one batch in flight, and what arrives meanwhile is the next one. Records of a key land in the order of
 * the calls. A batch that finally fails takes everything that waits for its keys with it.
 */
export class AppendLane {
  readonly #options: LaneOptions;
  readonly #queue: AppendQueue;
  readonly #end = new AbortController();
  #running = false;
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#queue = new AppendQueue(options.timeoutMs, options.maxQueuedBytes ?? MAX_QUEUED_BYTES);
  }

  /** Appends one record. Calls count in their order. */
  append(record: LaneRecord): Promise<Position> {
    if (this.#closed) return Promise.reject(closed());
    const landed = this.#queue.add(record);
    if (!this.#running) void this.#run();
    return landed;
  }

  /** Resolves when no caller waits any more; later calls are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.drained();
    this.#end.abort();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // A turn of the event loop lets the callers whose records were just settled join the next batch.
    for (await nextTurn(); !this.#queue.empty; await nextTurn()) {
      if (await this.#ready()) await this.#commit(this.#queue.take());
    }
    this.#running = false;
  }

  async #ready(): Promise<boolean> {
    const { sender, logger } = this.#options;
    const signal = this.#end.signal;
    const done = await retryUntilDone(
      async () => {
        if (!this.#queue.empty) await sender.ready();
        return true;
      },
      {
        signal,
        maxMs: 1_000,
        onFailure: (error, pauseMs) => logger.warn({ error: messageOf(error), pauseMs }, "Appends wait for the log."),
      },
    );
    return done === true;
  }

  async #commit(batch: readonly PendingAppend[]): Promise<void> {
    if (batch.length === 0) return;
    const failed = new Set<string>();
    await this.#deliver(groupByPartition(batch), failed);
    this.#queue.rejectKeys(failed, () => failedBefore());
    this.#queue.settled(batch);
  }

  async #deliver(parts: readonly LanePart[], failed: Set<string>): Promise<void> {
    let rest = parts;
    try {
      for (let attempt = 0; rest.length > 0; attempt += 1) {
        if (attempt > MAX_RESENDS)
          throw new EventQLError("APPEND_UNKNOWN", "The log answered for a part of a batch only.");
        const sent = rest;
        const offsets = await this.#options.sender.send(sent);
        rest = sent.filter((part, index) => !settle(part, offsets[index]));
      }
    } catch (error) {
      await this.#failed(rest, error, failed);
    }
  }

  async #failed(parts: readonly LanePart[], error: unknown, failed: Set<string>): Promise<void> {
    const refused = isEventQLError(error, "EVENT_TOO_LARGE") || isEventQLError(error, "APPEND_FAILED");
    if (refused && parts.length > 1) for (const part of parts) await this.#deliver([part], failed);
    else if (isEventQLError(error, "EVENT_TOO_LARGE") && (parts[0]?.appends.length ?? 0) > 1)
      await this.#oneByOne(parts, failed);
    else {
      reject(parts, failed, refused ? error : undefined, error);
      if (!refused) await this.#giveUp(parts, error);
    }
  }

  async #oneByOne(parts: readonly LanePart[], failed: Set<string>): Promise<void> {
    for (const part of parts)
      for (const append of part.appends)
        if (failed.has(append.laneKey)) append.reject(failedBefore());
        else await this.#deliver([{ ...part, appends: [append] }], failed);
  }

  async #giveUp(parts: readonly LanePart[], error: unknown): Promise<void> {
    const { sender, logger } = this.#options;
    const where = parts.map(({ topic, partition }) => `${topic}/${partition}`);
    logger.error({ partitions: where, error: messageOf(error) }, "A batch of appends failed with an unknown outcome.");
    await sender.discard(parts);
  }
}

function settle(part: LanePart, offset: number | undefined): boolean {
  if (offset === undefined) return false;
  const { topic, partition } = part;
  let at = offset;
  for (const append of part.appends) {
    append.resolve({ topic, partition, offset: at });
    at += 1;
  }
  return true;
}

function reject(
  parts: readonly LanePart[],
  failed: Set<string>,
  refusal: EventQLError | undefined,
  cause: unknown,
): void {
  for (const { appends } of parts)
    for (const append of appends) {
      failed.add(append.laneKey);
      append.reject(refusal ?? append.unknown(cause));
    }
}

function failedBefore(): EventQLError {
  return new EventQLError(
    "APPEND_FAILED",
    "An earlier append of the same key failed, so this one was not written: read the aggregate, then try again.",
  );
}
