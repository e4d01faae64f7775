import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A run of the `eventql` command as a user would start it. */
export class EventqlProcess {
  readonly #child: ChildProcess;
  #output = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = "", HOME = "" } = process.env;
    this.#child = spawn(process.execPath, ["--disable-warning=TimeoutNegativeWarning", MAIN, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    this.#child.stdout?.on("data", collect);
    this.#child.stderr?.on("data", collect);
  }

  /** What it has printed so far, on both streams. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The address of the running gateway, once it answers that it is ready. */
  async ready(): Promise<string> {
    return await Promise.race([this.#answersReady(), this.#endsEarly()]);
  }

  async #answersReady(): Promise<string> {
    return await vi.waitFor(
      async () => {
        const url = /http:\/\/[\w.]+:\d+/.exec(this.#output)?.[0];
        if (url === undefined) throw new TypeError(`no address yet:\n${this.#output}`);
        const { ok } = await fetch(`${url}/readyz`);
        if (!ok) throw new TypeError(`not ready:\n${this.#output}`);
        return url;
      },
      { timeout: 45_000, interval: 50 },
    );
  }

  async #endsEarly(): Promise<never> {
    const code = await this.exit();
    throw new TypeError(`it ended with ${code}:\n${this.#output}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Writes to its standard input and ends that. */
  input(text: string): void {
    this.#child.stdin?.end(text);
  }

  /** Its exit code, or the signal that ended it. */
  async exit(): Promise<number | string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    return this.#child.exitCode ?? this.#child.signalCode ?? -1;
  }

  /** Ends it at once if it still runs. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await this.exit();
  }
}

/** Runs a command to its end. */
export async function runEventql(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<{ readonly code: number | string; readonly output: string }> {
  const child = new EventqlProcess(args, env);
  child.input(input);
  const code = await child.exit();
  return { code, output: child.output };
}
