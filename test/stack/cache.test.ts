import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { cached, isCached, type Download } from "../../stack/cache.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const report = vi.fn<(line: string) => void>();

function download(fill: Download["fill"]): Download {
  return { name: "server-1.0", what: "a server", fill };
}

describe("the cache of downloads", () => {
  it("fetches once, keeps the files but not the scratch folder, and tells the seconds", async () => {
    const cache = join(await temporaryFolder(), "not", "there", "yet");
    const fill = vi.fn<Download["fill"]>(async (folder, scratch) => {
      await writeFile(join(folder, "binary"), "content");
      await writeFile(join(scratch, "archive"), "content");
    });
    const folder = await cached(cache, download(fill), report);
    await cached(cache, download(fill), report);
    expect(fill).toHaveBeenCalledTimes(1);
    expect(await readFile(join(folder, "binary"), "utf8")).toBe("content");
    expect((await readdir(cache)).sort()).toEqual(["server-1.0", "server-1.0.lock"]);
    expect(report).toHaveBeenCalledWith(expect.stringMatching(/^fetching a server: done in \d+\.\d s$/));
  });

  it("lets a second one wait for the first and use what it fetched", async () => {
    const cache = await temporaryFolder();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const fill = vi.fn<Download["fill"]>(() => mayEnd);
    const waits = vi.fn<(line: string) => void>();
    const first = cached(cache, download(fill), report);
    await vi.waitFor(() => expect(fill).toHaveBeenCalled());
    const second = cached(cache, download(fill), waits);
    await vi.waitFor(() => expect(waits).toHaveBeenCalledWith(expect.stringContaining("waiting for it")));
    end();
    expect(await first).toBe(await second);
    expect(fill).toHaveBeenCalledTimes(1);
  });

  it("doesn't take a download that failed for a full cache", async () => {
    const cache = await temporaryFolder();
    const failing = download(async (folder) => {
      await writeFile(join(folder, "half"), "");
      throw new RangeError("connection lost");
    });
    await expect(cached(cache, failing, report)).rejects.toThrow("connection lost");
    expect(isCached(cache, failing)).toBe(false);
    expect(await readdir(cache)).toEqual(["server-1.0.lock"]);
  });

  it("removes what a killed process left", async () => {
    const cache = await temporaryFolder();
    await mkdir(join(cache, ".server-1.0-abc", "filled"), { recursive: true });
    await cached(
      cache,
      download(async () => {}),
      report,
    );
    expect(await readdir(cache)).not.toContain(".server-1.0-abc");
  });
});
