import { type Config, loadConfig } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Stack } from "../compose.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createLogger } from "../telemetry/pino-logger.ts";
import { resolveOwnPackage } from "./own-package.ts";
import type { Terminal } from "./terminal.ts";

/** Settles the configuration of a command. `--verbose` is the log level debug. */
export async function configOf(flags: Flags, { env, cwd }: Terminal): Promise<Config> {
  const { verbose, ...others } = flags;
  resolveOwnPackage();
  return await loadConfig({ flags: verbose === true ? { logLevel: "debug", ...others } : others, env, cwd });
}

/** The logger of a command: to standard error, so that results can be piped. */
export function loggerOf({ logLevel, logFormat }: Config, { stderr }: Terminal): Logger {
  return createLogger({ level: logLevel, format: logFormat, destination: stderr });
}

/** Opens the stack for a command that ends by itself: it logs warnings only, unless told otherwise. */
export async function withStack<T>(config: Config, terminal: Terminal, use: (stack: Stack) => Promise<T>): Promise<T> {
  const level = "logLevel" in config.sources ? config.logLevel : "warn";
  // Loaded late: help and mistakes need no drivers.
  const { openStack } = await import("../compose.ts");
  const stack = await openStack(config, loggerOf({ ...config, logLevel: level }, terminal));
  try {
    return await use(stack);
  } finally {
    await stack.close();
  }
}
