import { relative } from "node:path";
import { EMPTY_LOCK, printNameLock } from "../catalog/name-lock.ts";
import type { Config } from "../config.ts";
import { EventQLError } from "../errors.ts";
import type { Flags } from "../config/sources.ts";
import { deliver } from "./deliver.ts";
import { readCatalog } from "./read-catalog.ts";
import { configOf } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Writes the names of the API into the lock file, or with the flag `check` compares it; returns the exit code. */
export async function lockSchemas({ check, prune, ...flags }: Flags, terminal: Terminal): Promise<number> {
  const { lock, topics } = await configOf(flags, terminal);
  if (prune === true && topics !== undefined)
    throw new EventQLError(
      "BAD_USER_INPUT",
      "--prune would remove the names of all other topics: leave out --topics, and the setting topics.",
    );
  const generate = async (): Promise<string> => {
    const { lockNames } = await import("../graphql/lock-names.ts");
    const { catalog } = await readCatalog(flags, terminal, withLock);
    return printNameLock(lockNames(catalog, { prune: prune === true }));
  };
  return await deliver(generate, { out: relative(terminal.cwd, lock), check }, terminal);
}

/** The first time there is none, though a setting may name it. */
function withLock(config: Config): Config {
  return { ...config, lockText: config.lockText ?? printNameLock(EMPTY_LOCK) };
}
