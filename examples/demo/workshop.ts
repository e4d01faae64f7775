import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { EventQLError } from "../../src/errors.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SCHEMAS = fileURLToPath(new URL("../../schemas", import.meta.url));

/** How a command has ended, and all that it has printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A temporary folder with the example's schemas, the commands that run in it, and a gateway. */
export class Workshop {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly #running = new Set<ChildProcess>();

  private constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.signal = signal;
  }

  /** Makes the folder. What runs in it ends when the signal is given. */
  static async open(signal: AbortSignal): Promise<Workshop> {
    const path = await mkdtemp(join(tmpdir(), "eventql-demo-"));
    await cp(SCHEMAS, join(path, "schemas"), { recursive: true });
    return new Workshop(path, signal);
  }

  /** Runs `eventql` to its end. */
  async run(args: readonly string[], input = ""): Promise<Ended> {
    const child = this.#start(args);
    child.stdin?.end(input);
    const ended = once(child, "close");
    const [output, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
    return { exitCode: child.exitCode, output: output + errors };
  }

  /** Starts the gateway on a free port, and resolves with its address and what it says when it is ready. */
  async startGateway(): Promise<{ readonly url: string; readonly greeting: string }> {
    const child = this.#start(["start"]);
    let output = "";
    const { promise, resolve, reject } = Promise.withResolvers<{ url: string; greeting: string }>();
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const [greeting, url] = /.*(http:\/\/[\w.]+:\d+\/graphql).*/.exec(output) ?? [];
      if (greeting !== undefined && url !== undefined) resolve({ url, greeting });
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("close", (code) => {
      reject(new EventQLError("INTERNAL", `The gateway has ended with ${code}:\n${output}`));
    });
    return await promise;
  }

  /** Ends what runs, and removes the folder. */
  async close(): Promise<void> {
    const ends = [...this.#running].map(async (child) => {
      child.kill("SIGTERM");
      await once(child, "close");
    });
    await Promise.all(ends);
    await rm(this.path, { recursive: true, force: true });
  }

  /** With nothing but our own settings: a Kafka that this machine has is none of the demo's business. */
  #start(args: readonly string[]): ChildProcess {
    this.signal.throwIfAborted();
    const { PATH, HOME } = process.env;
    const settings = { EVENTQL_PORT: "0", EVENTQL_LOG_LEVEL: "warn", SCHEMA_REGISTRY_POLL_MS: "200" };
    const child = spawn(process.execPath, ["--disable-warning=TimeoutNegativeWarning", MAIN, ...args], {
      cwd: this.path,
      env: { PATH, HOME, ...settings },
      stdio: "pipe",
    });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    return child;
  }
}

async function textOf(stream: ChildProcess["stdout"]): Promise<string> {
  return stream === null ? "" : await text(stream);
}
