import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** How many subjects that were left out are named. */
const SHOWN_SUBJECTS = 10;

/** A catalog, and the settings that it was read with. */
export interface ReadCatalog {
  readonly catalog: Catalog;
  readonly config: Config;
}

/** Settles what a command needs otherwise than it is configured. */
type Adjust = (config: Config) => Config;

/**
 * The catalog of the registry's schemas or, with the flag `from`, of a folder's schemas alone: then no server and no data
 * folder is needed. What was left out is told.
 * @throws EventQLError `CATALOG_INVALID`, `REGISTRY_UNAVAILABLE`; of a folder `CONFIG_INVALID`, `SCHEMA_INVALID`.
 */
export async function readCatalog(
  flags: Flags,
  terminal: Terminal,
  adjust: Adjust = (config) => config,
): Promise<ReadCatalog> {
  const { from } = flags;
  const read =
    typeof from === "string" ? await ofFolder(from, flags, terminal, adjust) : await ofStack(flags, terminal, adjust);
  tellLeftOut(read.catalog, terminal);
  if (read.catalog.aggregates.length === 0) tellEmpty(read.config, from, terminal);
  return read;
}

async function ofStack(flags: Flags, terminal: Terminal, adjust: Adjust, folder?: string): Promise<ReadCatalog> {
  const config = adjust(await configOf(flags, terminal));
  const { gatherConfigured } = await import("../runtime/prepare.ts");
  const { registerFolder } = await import("../schema-registry/register-folder.ts");
  const catalog = await withStack(config, terminal, async ({ registry }) => {
    if (folder !== undefined) await registerFolder(registry, folder);
    return await gatherConfigured(registry, config);
  });
  return { catalog, config };
}

/** A registry that lasts as long as the reading judges the folder as every registry would. */
async function ofFolder(folder: string, flags: Flags, terminal: Terminal, adjust: Adjust): Promise<ReadCatalog> {
  const data = await mkdtemp(join(tmpdir(), "eventql-"));
  try {
    return await ofStack({ ...flags, stack: "embedded", data }, terminal, adjust, resolve(terminal.cwd, folder));
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** A shared registry may hold many subjects that are no business of EventQL's. */
function tellLeftOut({ skipped }: Catalog, { stderr }: Terminal): void {
  for (const { subject, reason } of skipped.slice(0, SHOWN_SUBJECTS)) stderr.write(`left out: ${subject}: ${reason}\n`);
  const more = skipped.length - SHOWN_SUBJECTS;
  if (more > 0) stderr.write(`… and ${more} more subjects\n`);
}

function tellEmpty({ topics }: Config, from: Flags[string], { stderr }: Terminal): void {
  const place = typeof from === "string" ? `in ${from}` : "in the registry";
  const where = topics === undefined ? place : `of topic ${topics.join(", ")} ${place}`;
  const remedy = typeof from === "string" ? "" : ": register some with eventql schema register";
  stderr.write(`There are no event types ${where} yet${remedy}.\n`);
}
