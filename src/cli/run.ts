import { CommanderError } from "commander";
import { isEventQLError, messageOf } from "../errors.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/** The exit code of a command line that can't be read. */
const USAGE = 2;

/** Runs a command line and returns the process's exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args.length === 0 ? ["--help"] : args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    terminal.stderr.write(`${describe(error, isVerbose(args, terminal))}\n`);
    return 1;
  }
}

/** One clear line; where an error comes from only on demand. */
function describe(error: unknown, verbose: boolean): string {
  if (verbose && error instanceof Error) return error.stack ?? error.message;
  if (isEventQLError(error)) return `${error.code}: ${error.message}`;
  return `INTERNAL: ${messageOf(error)} (add --verbose to see where)`;
}

function isVerbose(args: readonly string[], { env }: Terminal): boolean {
  const level = args.findIndex((arg) => arg === "--log-level");
  const isDebug = level === -1 ? env["EVENTQL_LOG_LEVEL"] === "debug" : args[level + 1] === "debug";
  return isDebug || args.includes("--verbose");
}
