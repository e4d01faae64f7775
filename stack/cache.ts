import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./lock.ts";
import { timed, type Report } from "./progress.ts";

/** A server's files in the cache. */
export interface Download {
  /** The folder's name in the cache; it carries the version. */
  readonly name: string;
  /** What is fetched, from where and how large, for a person. */
  readonly what: string;
  /** Fetches everything into an empty folder; a second one is for what isn't to be kept. */
  readonly fill: (folder: string, scratch: string) => Promise<void>;
}

/** Whether a download is complete: a folder gets its name only then. */
export function isCached(cache: string, download: Download): boolean {
  return existsSync(join(cache, download.name));
}

/** The folder of a download; fetches it first where it's missing, while a second process that wants it waits. */
export async function cached(cache: string, download: Download, report: Report): Promise<string> {
  const folder = join(cache, download.name);
  if (isCached(cache, download)) return folder;
  const onWait = (): void => report(`another process is fetching ${download.what}: waiting for it …`);
  await withLock(join(cache, `${download.name}.lock`), onWait, async () => {
    if (!isCached(cache, download)) await timed(report, `fetching ${download.what}`, () => fetchInto(cache, download));
  });
  return folder;
}

async function fetchInto(cache: string, download: Download): Promise<void> {
  const prefix = `.${download.name}-`;
  await removeLeftOvers(cache, prefix);
  const temporary = await mkdtemp(join(cache, prefix));
  try {
    const filled = join(temporary, "filled");
    const scratch = join(temporary, "scratch");
    await Promise.all([mkdir(filled), mkdir(scratch)]);
    await download.fill(filled, scratch);
    await rename(filled, join(cache, download.name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What a killed process left: under the lock, nobody else is at it. */
async function removeLeftOvers(cache: string, prefix: string): Promise<void> {
  const leftOver = (await readdir(cache)).filter((name) => name.startsWith(prefix));
  await Promise.all(leftOver.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}
