import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { lockDataFolder } from "../src/data-lock.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eventql-lock-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A process that takes the lock, says so (or why not), and stays. */
function contender(): ChildProcessWithoutNullStreams {
  const lock = new URL("../src/data-lock.ts", import.meta.url).href;
  const script = `
    import(${JSON.stringify(lock)}).then(({ lockDataFolder }) => lockDataFolder(${JSON.stringify(folder)})).then(
      () => { console.log("locked"); setInterval(() => {}, 1000); },
      (error) => console.log(error.code, error.message));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

async function firstWords({ stdout }: ChildProcessWithoutNullStreams): Promise<string> {
  const [chunk]: unknown[] = await once(stdout, "data");
  return String(chunk).trim();
}

it("makes the folder, and can be taken again after it was released", async () => {
  const inner = join(folder, "a", "b");
  const lock = await lockDataFolder(inner);
  await lock.release();
  const again = await lockDataFolder(inner);
  await expect(again.release()).resolves.toBeUndefined();
});

it("is refused while this very process holds it, with the process's id", async () => {
  const lock = await lockDataFolder(folder);
  await expect(lockDataFolder(folder)).rejects.toMatchObject({
    code: "DATA_LOCKED",
    message: expect.stringContaining(`in use by process ${process.pid}: `),
    details: { pid: process.pid },
  });
  await lock.release();
});

it("may be released twice", async () => {
  const lock = await lockDataFolder(folder);
  await lock.release();
  const next = await lockDataFolder(folder);
  await lock.release();
  await expect(lockDataFolder(folder)).rejects.toMatchObject({ details: { pid: process.pid } });
  await next.release();
});

it("is refused while another process holds it, and free as soon as that one is killed", async () => {
  const child = contender();
  expect(await firstWords(child)).toBe("locked");
  await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: "DATA_LOCKED", details: { pid: child.pid } });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = await lockDataFolder(folder);
  await lock.release();
});

it("goes to exactly one of many that want it at once", async () => {
  const words = await Promise.all([contender(), contender(), contender(), contender()].map(firstWords));
  expect(words.filter((word) => word === "locked")).toHaveLength(1);
  expect(words.filter((word) => word.startsWith("DATA_LOCKED"))).toHaveLength(3);
});

it.each([
  ["of a process that is gone", JSON.stringify({ pid: 2 ** 22 + 1, host: "elsewhere" })],
  ["that is damaged", "{"],
])("heeds no note %s: only the file's lock counts", async (_what, note) => {
  await writeFile(join(folder, "server.json"), note);
  const lock = await lockDataFolder(folder);
  await expect(lock.release()).resolves.toBeUndefined();
});

it("says what to do about a folder that can't be made", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(lockDataFolder(join(folder, "file", "data"))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("--data"),
  });
});
