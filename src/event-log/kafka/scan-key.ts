import { EventQLError } from "../../errors.ts";
import type { Consumer, EventLog, KeyRecords, ReadKeyOptions } from "../event-log.ts";
import { KeyScan } from "./key-scan.ts";

/** Joining a group alone takes up to `group.initial.rebalance.delay.ms`, mostly 3 s. */
const TIMEOUT_MS = 15_000;
const BATCH_BYTES = 1024 * 1024;

/** What the names of the groups begin with in which keys are looked for. */
const GROUP = "eventql-read-key";

/**
 * Reads the records of a key by a consumer of its own.
 * @throws EventQLError `TOPIC_NOT_FOUND`; `EVENT_LOG_UNAVAILABLE` where the partition can't be read in time.
 */
export async function scanKey(options: ReadKeyOptions, consume: EventLog["consume"]): Promise<KeyRecords> {
  const { topic, partition, timeoutMs = TIMEOUT_MS } = options;
  const scan = new KeyScan(options);
  const timer = setTimeout(() => scan.giveUp(), timeoutMs);
  const opening = consume({ group: GROUP, ephemeral: true, topics: [topic], maxBatchBytes: BATCH_BYTES }, scan);
  try {
    // A consumer that can't join waits for as long as the log is away, the caller doesn't.
    const result = await Promise.race([scan.result, failureOf(opening)]);
    if (scan.begun) return result;
  } finally {
    clearTimeout(timer);
    scan.giveUp();
    void stop(opening);
  }
  const message = `Partition ${partition} of topic "${topic}" could not be read within ${timeoutMs} ms: try again.`;
  throw new EventQLError("EVENT_LOG_UNAVAILABLE", message, { details: { topic } });
}

/** Rejects as the opening does; where that succeeds, it never settles. */
async function failureOf(opening: Promise<Consumer>): Promise<never> {
  await opening;
  return await new Promise<never>(() => {});
}

async function stop(opening: Promise<Consumer>): Promise<void> {
  try {
    const consumer = await opening;
    await consumer.stop();
  } catch {
    // It was not opened: who waits for it is told why.
  }
}
