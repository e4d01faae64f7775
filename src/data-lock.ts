import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { EventQLError, messageOf } from "./errors.ts";

/** The exclusive right to serve a data folder. */
export interface DataLock {
  release(): Promise<void>;
}

const LOCK_FILE = "server.lock";
const OWNER_FILE = "server.json";

const Owner = z.object({ pid: z.int(), host: z.string() });
type Owner = z.output<typeof Owner>;

/**
 * Takes the lock of an embedded stack's data folder, which is made if it doesn't exist. What excludes is SQLite's
 * exclusive file lock, which the operating system drops when its process dies, however it dies: nothing is ever stale.
 * The file beside it only tells people who holds the lock.
 * @throws EventQLError `DATA_LOCKED` naming the process that holds it, `CONFIG_INVALID` where the folder can't be used.
 */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await makeFolder(folder);
  const ownerFile = join(folder, OWNER_FILE);
  const file = openExclusively(join(folder, LOCK_FILE));
  if (file === undefined) throw locked(folder, await findOwner(ownerFile));
  await writeOwner(ownerFile);
  return {
    async release() {
      if (!file.isOpen) return;
      await rm(ownerFile, { force: true });
      file.close();
    },
  };
}

function openExclusively(path: string): DatabaseSync | undefined {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    return file;
  } catch (error) {
    file?.close();
    if (/locked|busy/i.test(messageOf(error))) return undefined;
    throw unusable(path, error);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unusable(folder, error);
  }
}

function unusable(path: string, cause: unknown): EventQLError {
  const message = `The data folder can't be used (${path}: ${messageOf(cause)}): give one that is writable with --data.`;
  return new EventQLError("CONFIG_INVALID", message, { cause });
}

async function writeOwner(path: string): Promise<void> {
  const owner: Owner = { pid: process.pid, host: hostname() };
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(owner)}\n`);
  await rename(draft, path);
}

/** Who holds the lock. For a moment after it changed hands the file still names the one before, or none. */
async function findOwner(path: string): Promise<Owner | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const owner = await readOwner(path);
    if (owner !== undefined && isAlive(owner)) return owner;
    await delay(25);
  }
  return undefined;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return Owner.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Processes of other machines, and of containers with a name of their own, can't be asked: they count as alive. */
function isAlive({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function locked(folder: string, owner: Owner | undefined): EventQLError {
  const holder =
    owner === undefined
      ? "another process"
      : `process ${owner.pid}${owner.host === hostname() ? "" : ` on ${owner.host}`}`;
  return new EventQLError(
    "DATA_LOCKED",
    `The data folder ${folder} is in use by ${holder}: stop it, or give this server a folder of its own with --data.`,
    { details: owner === undefined ? {} : { pid: owner.pid } },
  );
}
