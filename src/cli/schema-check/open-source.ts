import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { GraphQLSchema } from "graphql";
import { openRegistry } from "../../compose.ts";
import type { Config } from "../../config.ts";
import { EventQLError, messageOf } from "../../errors.ts";
import { readSdl } from "../../graphql/compare-schemas.ts";
import { registerFolder } from "../../schema-registry/register-folder.ts";
import { type TrialRegistry, openTrialRegistry } from "../../schema-registry/trial-registry.ts";
import { loggerOf, withStack } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/** What schemas are compared with. */
export interface Source {
  /** What the source holds, to register on trial. */
  readonly registry: TrialRegistry;
  /** The API, where the source says it itself. */
  readonly sdl?: GraphQLSchema;
}

/**
 * Opens what schemas are compared with: a registry by its URL, a folder of schemas, a file of SDL, or the stack's registry.
 * @throws EventQLError `BAD_USER_INPUT`, `CONFIG_INVALID`, `REGISTRY_UNAVAILABLE`, `SCHEMA_INVALID`.
 */
export async function openSource(against: string | undefined, config: Config, terminal: Terminal): Promise<Source> {
  if (against === undefined)
    return await withStack(config, terminal, async ({ registry }) => ({ registry: await openTrialRegistry(registry) }));
  if (/^https?:\/\//.test(against)) return await ofUrl(against, config, terminal);
  const path = resolve(terminal.cwd, against);
  const found = await stat(path).catch((error: unknown) => {
    throw unusable(against, messageOf(error), error);
  });
  const registry = await openTrialRegistry();
  if (!found.isDirectory()) {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw unusable(against, messageOf(error), error);
    });
    return { registry, sdl: readSdl(text, against) };
  }
  await registerFolder(registry, path);
  return { registry };
}

async function ofUrl(url: string, config: Config, terminal: Terminal): Promise<Source> {
  const registry = openRegistry(url, loggerOf({ ...config, logLevel: "warn" }, terminal));
  try {
    return { registry: await openTrialRegistry(registry) };
  } finally {
    await registry.close();
  }
}

function unusable(against: string, why: string, cause: unknown): EventQLError {
  const remedy = "Name a registry's URL, a folder of schemas, or a file of SDL";
  return new EventQLError("BAD_USER_INPUT", `--against ${against} can't be read (${why}). ${remedy}.`, { cause });
}
