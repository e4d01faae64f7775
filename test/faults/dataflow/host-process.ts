import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const HOST = fileURLToPath(new URL("host.ts", import.meta.url));

/** A run of `host.ts`. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  #output = "";

  constructor(flags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) {
    const { PATH = "", HOME = "" } = process.env;
    const args = Object.entries(flags).map(([name, value]) => `${name}=${value}`);
    this.#child = spawn(process.execPath, ["--disable-warning=TimeoutNegativeWarning", HOST, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdout?.once("data", () => this.#ready.resolve());
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.once("exit", (code) => this.#ready.reject(new TypeError(`it ended with ${code}:\n${this.#output}`)));
    this.#ready.promise.catch(() => {});
  }

  /** What it has logged. */
  get output(): string {
    return this.#output;
  }

  /** Has it begin, once it is loaded. */
  go(): void {
    this.#child.stdin?.write("go\n");
  }

  /** Resolves when everything is started. */
  async ready(): Promise<void> {
    await this.#ready.promise;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it by a signal, if it still runs; resolves when it has ended. */
  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, "exit");
  }
}
