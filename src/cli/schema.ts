import { resolve } from "node:path";
import type { Catalog } from "../catalog/types.ts";
import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** How many subjects that were left out are named. */
const SHOWN_SUBJECTS = 10;

/** Prints the GraphQL API of the registry's schemas as SDL. */
export async function printApi(flags: Flags, terminal: Terminal): Promise<void> {
  const config = await configOf(flags, terminal);
  const { gatherConfigured } = await import("../runtime/prepare.ts");
  const { graphqlLimits } = await import("../runtime/api.ts");
  const { buildSchema } = await import("../graphql/build-schema.ts");
  const { printSdl } = await import("../graphql/print-schema.ts");
  const catalog = await withStack(config, terminal, async ({ registry }) => await gatherConfigured(registry, config));
  tellLeftOut(catalog, terminal);
  if (catalog.aggregates.length === 0) {
    const where = config.topics === undefined ? "in the registry" : `of topic ${config.topics.join(", ")}`;
    terminal.stderr.write(`There are no event types ${where} yet: register some with eventql schema register.\n`);
  }
  terminal.stdout.write(printSdl(buildSchema({ catalog, limits: graphqlLimits(config.limits) })));
}

/** A shared registry may hold many subjects that are no business of EventQL's. */
function tellLeftOut({ skipped }: Catalog, { stderr }: Terminal): void {
  for (const { subject, reason } of skipped.slice(0, SHOWN_SUBJECTS)) stderr.write(`left out: ${subject}: ${reason}\n`);
  const more = skipped.length - SHOWN_SUBJECTS;
  if (more > 0) stderr.write(`… and ${more} more subjects\n`);
}

/** Registers a folder's schemas and prints what each became. */
export async function registerSchemas(folder: string | undefined, flags: Flags, terminal: Terminal): Promise<void> {
  const config = await configOf(flags, terminal);
  const from = folder === undefined ? config.schemas : resolve(terminal.cwd, folder);
  if (from === undefined) {
    throw new EventQLError("BAD_USER_INPUT", "There is no folder schemas here: run eventql schema register <folder>.");
  }
  const { registerFolder } = await import("../schema-registry/register-folder.ts");
  await withStack(config, terminal, async ({ registry }) => {
    await registerFolder(registry, from, ({ subject, version, id }) => {
      terminal.stdout.write(`${subject}  version ${version}  id ${id}\n`);
    });
  });
}
