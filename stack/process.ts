import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { EventQLError } from "../src/errors.ts";

const POLL_MS = 50;

/** A program that outlives the process that starts it. */
export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** The working folder. */
  readonly folder: string;
  /** The file that takes its output, overwritten. */
  readonly log: string;
}

/** Starts a program in a process group of its own and returns its process id. */
export async function startDetached({ command, args, folder, log }: DetachedCommand): Promise<number> {
  const output = openSync(log, "w");
  try {
    const child = spawn(command, args, { cwd: folder, detached: true, stdio: ["ignore", output, output] });
    // rejects with the reason if the program can't be started
    await once(child, "spawn");
    child.unref();
    if (child.pid === undefined) throw new EventQLError("STACK_UNAVAILABLE", `${command} started without a process id`);
    return child.pid;
  } finally {
    closeSync(output);
  }
}

/**
 * Whether a process id still belongs to the program that was started with this argument, as Linux's `/proc` tells. An id
 * is reused by the operating system, so it alone says nothing.
 *
 * @param marker an argument of its command line that no other program has
 */
export function isOurs(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(marker);
  } catch {
    return false;
  }
}

/** Asks a process of ours to end, waits, and kills it if it doesn't within the time. */
export async function stopProcess(pid: number, marker: string, withinMs: number): Promise<void> {
  process.kill(pid, "SIGTERM");
  if (await becomes(withinMs, () => !isOurs(pid, marker))) return;
  process.kill(pid, "SIGKILL");
  await becomes(withinMs, () => !isOurs(pid, marker));
}

/** Waits until something is so; false if it isn't within the time. */
export async function becomes(withinMs: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (await isSo()) return true;
    await delay(POLL_MS);
  }
  return false;
}

/** The last lines of a log, or nothing if there is none. */
export function tail(log: string, lines: number): string {
  if (!existsSync(log)) return "";
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
