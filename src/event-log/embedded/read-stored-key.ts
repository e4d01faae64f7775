import { setImmediate as nextTurn } from "node:timers/promises";
import { EventQLError } from "../../errors.ts";
import type { KeyRecords, ReadKeyOptions } from "../event-log.ts";
import type { LogFile, StoredTopic } from "./log-file.ts";
import { whenFree } from "./when-free.ts";

const INDEX_TIMEOUT_MS = 15_000;

/**
 * Reads the records of a key, after the keys that are new in its partition were indexed: in steps, so that the process
 * does other things between them, since the first time there may be much to do.
 * @throws EventQLError `EVENT_LOG_UNAVAILABLE` where that takes too long, or another connection holds the file
 */
export async function readStoredKey(
  file: LogFile,
  topic: StoredTopic,
  options: ReadKeyOptions,
  signal: AbortSignal,
): Promise<KeyRecords> {
  const { partition, until, timeoutMs = INDEX_TIMEOUT_MS } = options;
  const end = Math.min(until, file.range(topic, partition).high);
  const deadline = Date.now() + timeoutMs;
  const indexed = async (): Promise<boolean> =>
    await whenFree(() => file.indexKeys(topic, partition, end), { timeoutMs: deadline - Date.now(), signal });
  while (!(await indexed())) {
    if (Date.now() > deadline) throw stillIndexing(topic);
    await nextTurn();
  }
  return { records: file.readKey(topic, options), complete: true };
}

function stillIndexing({ name }: StoredTopic): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The keys of topic "${name}" are still being indexed: try again, it goes on from there.`,
    { details: { topic: name } },
  );
}
