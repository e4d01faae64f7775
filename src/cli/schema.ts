import { resolve } from "node:path";
import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import { deliver } from "./deliver.ts";
import { readCatalog } from "./read-catalog.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Generates the GraphQL API of the schemas as SDL, or a subgraph's, and returns the exit code. */
export async function printApi(flags: Flags, terminal: Terminal): Promise<number> {
  const { graphqlLimits } = await import("../runtime/api.ts");
  const { buildSchema } = await import("../graphql/build-schema.ts");
  const { printSdl } = await import("../graphql/print-schema.ts");
  const { subgraphSdl } = await import("../graphql/federation/subgraph-sdl.ts");
  const generate = async (): Promise<string> => {
    const { catalog, config } = await readCatalog(flags, terminal);
    const api = buildSchema({ catalog, limits: graphqlLimits(config.limits) });
    return flags["subgraph"] === true ? subgraphSdl(api) : printSdl(api);
  };
  return await deliver(generate, flags, terminal);
}

/**
 * Registers a folder's schemas and prints what each became.
 * @throws EventQLError `CATALOG_INVALID` where they are registered but their hints are wrong, so that no server takes them.
 */
export async function registerSchemas(folder: string | undefined, flags: Flags, terminal: Terminal): Promise<void> {
  const config = await configOf(flags, terminal);
  const from = folder === undefined ? config.schemas : resolve(terminal.cwd, folder);
  if (from === undefined) {
    throw new EventQLError("BAD_USER_INPUT", "There is no folder schemas here: run eventql schema register <folder>.");
  }
  const { registerFolder } = await import("../schema-registry/register-folder.ts");
  const { gatherForTopics } = await import("./gather-catalog.ts");
  await withStack(config, terminal, async ({ registry }) => {
    const { topics } = await registerFolder(registry, from, ({ subject, version, id }) => {
      terminal.stdout.write(`${subject}  version ${version}  id ${id}\n`);
    });
    await gatherForTopics(registry, config, topics);
  });
}
