import { setImmediate as nextTurn } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { pause } from "../backoff.ts";
import { isBusy, type LogFile, type StoredTopic } from "./log-file.ts";
import type { CleaningTimes } from "./removals.ts";

/** When records are removed. All in ms. */
export interface CleaningOptions {
  /** The pause between two rounds. Default: a minute. */
  readonly intervalMs?: number;
  /** How old records are before they stand for earlier ones of their key. Default: a minute. */
  readonly compactionLagMs?: number;
  /** How old tombstones of compacted topics are before they go. Default: a day, as Kafka's `delete.retention.ms`. */
  readonly tombstonesMs?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What is short-lived, such as a command, doesn't begin with it. */
const FIRST_ROUND_MS = 1_000;

/** What a cleaner needs. */
export interface CleanerOptions extends CleaningOptions {
  readonly file: LogFile;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Removes what has expired, and of compacted topics what later records of the same key stand for: soon after the start and
 * then from time to time until the signal, a few records at a time, between which others go on. Never rejects.
 */
export async function keepClean(options: CleanerOptions): Promise<void> {
  const { signal, intervalMs = MINUTE_MS } = options;
  await pause(Math.min(FIRST_ROUND_MS, intervalMs), signal);
  while (!signal.aborted) {
    await cleanOnce(options);
    await pause(intervalMs, signal);
  }
}

async function cleanOnce(options: CleanerOptions): Promise<void> {
  const { file, logger, signal } = options;
  try {
    for (const topic of file.cleanedTopics()) {
      const times = timesOf(topic, options);
      for (let partition = 0; partition < topic.partitions; partition += 1)
        while (!signal.aborted && file.clean(topic, partition, times)) await nextTurn();
    }
  } catch (error) {
    // Another connection holds the file: the next round goes on from there.
    if (!isBusy(error))
      logger.warn({ error: messageOf(error) }, "Old records could not be removed; it is tried again.");
  }
}

function timesOf({ compacted, retentionMs }: StoredTopic, options: CleaningOptions): CleaningTimes {
  const { compactionLagMs = MINUTE_MS, tombstonesMs = DAY_MS } = options;
  const now = Date.now();
  return {
    expired: retentionMs === undefined ? undefined : now - retentionMs,
    compacted: compacted ? now - compactionLagMs : undefined,
    swept: now - tombstonesMs,
  };
}
