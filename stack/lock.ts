import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 200;

/** SQLite's result code for a file that another connection has locked. */
const SQLITE_BUSY = 5;

/**
 * Runs something while holding a lock file, so that no other process does the same at once. The lock is SQLite's lock on
 * the file: the operating system frees it when its process ends in whatever way, so a stale one can't exist.
 *
 * @param onWait called once if another process holds the lock
 */
export async function withLock<T>(file: string, onWait: () => void, run: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const lock = new DatabaseSync(file);
  try {
    for (let waiting = false; !tryLock(lock); waiting = true) {
      if (!waiting) onWait();
      await delay(POLL_MS);
    }
    return await run();
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
