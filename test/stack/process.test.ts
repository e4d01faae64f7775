import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isOurs, startDetached, stopProcess, tail } from "../../stack/process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const WITHIN_MS = 10_000;

async function startNode(script: string): Promise<{ pid: number; log: string; marker: string }> {
  const folder = await temporaryFolder();
  const log = join(folder, "log");
  const pid = await startDetached({ command: process.execPath, args: ["-e", script, folder], folder, log });
  onTestFinished(() => {
    if (isOurs(pid, folder)) process.kill(pid, "SIGKILL");
  });
  return { pid, log, marker: folder };
}

describe.runIf(process.platform === "linux")("a detached process", () => {
  it("is ours only by an argument that it has whole", async () => {
    const { pid, marker } = await startNode("setInterval(() => {}, 1000)");
    expect(isOurs(pid, marker)).toBe(true);
    expect(isOurs(pid, marker.slice(0, -1))).toBe(false);
    expect(isOurs(process.pid, marker)).toBe(false);
  });

  it("ends when it's asked to", async () => {
    const { pid, log, marker } = await startNode(
      "process.on('SIGTERM', () => { console.log('bye'); process.exit() }); setInterval(() => {}, 1000); console.log('up')",
    );
    await vi.waitFor(() => expect(tail(log, 1)).toBe("up"), WITHIN_MS);
    await stopProcess(pid, marker, WITHIN_MS);
    expect(isOurs(pid, marker)).toBe(false);
    expect(tail(log, 1)).toBe("bye");
  });

  it("is killed if it doesn't end when it's asked to", async () => {
    const { pid, log, marker } = await startNode(
      "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up')",
    );
    await vi.waitFor(() => expect(tail(log, 1)).toBe("up"), WITHIN_MS);
    await stopProcess(pid, marker, 200);
    expect(isOurs(pid, marker)).toBe(false);
    expect(tail(log, 1)).toBe("no");
  });

  it("that can't be started is an error", async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, "missing");
    await expect(startDetached({ command: missing, args: [], folder, log: join(folder, "log") })).rejects.toThrow(
      "ENOENT",
    );
  });
});

describe("the end of a log", () => {
  it("is nothing if there is no log", () => {
    expect(tail("/nowhere/at/all", 5)).toBe("");
  });
});
