import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Block } from "./blocks.ts";
import { expectJson, expectLines, tellingLines } from "./like.ts";

/** A program of a page, and what it has printed on both of its streams, as a terminal shows it. */
export class Program {
  readonly #child: ChildProcess;
  #output = "";
  #linesTaken = 0;

  constructor(file: string, args: readonly string[], options: SpawnOptions) {
    // A group of its own, so that what it has started ends with it.
    this.#child = spawn(file, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Its exit code, or the signal that ended it. */
  async ending(): Promise<number | string> {
    if (!this.isOver) await once(this.#child, "close");
    return this.#child.exitCode ?? this.#child.signalCode ?? -1;
  }

  /** @throws unless it has printed all that the page shows, and nothing else. */
  expectAll({ language, text }: Block): void {
    if (language === "json") return expectJson(JSON.parse(this.#output), text);
    expectLines(tellingLines(this.#output), tellingLines(text));
  }

  /** @throws unless what the page shows is the next that it has printed. */
  expectNext({ text }: Block): void {
    const shown = tellingLines(text);
    const complete = this.#output.slice(0, this.#output.lastIndexOf("\n") + 1);
    const next = tellingLines(complete).slice(this.#linesTaken, this.#linesTaken + shown.length);
    if (next.length < shown.length) throw new RangeError(`what it has printed so far:\n${this.#output}`);
    expectLines(next, shown);
    this.#linesTaken += shown.length;
  }

  /** Ends it, if it still runs. */
  async end(): Promise<void> {
    if (this.isOver || this.#child.pid === undefined) return;
    const closed = once(this.#child, "close");
    process.kill(-this.#child.pid, "SIGTERM");
    await closed;
  }
}
