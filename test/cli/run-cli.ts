import { fileURLToPath } from "node:url";
import { execa } from "execa";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SCHEMAS = fileURLToPath(new URL("../../schemas", import.meta.url));

/** How a run of `eventql` ended. */
export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what `eventql` is run. */
export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs `eventql` to its end, on the example's schemas and with no settings from outside. */
export async function eventql(args: readonly string[], { cwd, env = {}, input }: CliOptions): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", EVENTQL_SCHEMAS: SCHEMAS, ...env },
    extendEnv: false,
    reject: false,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
  });
  return { exitCode, stdout, stderr };
}
