import type { Flags } from "../config/sources.ts";
import { deliver } from "./deliver.ts";
import { readCatalog } from "./read-catalog.ts";
import type { Terminal } from "./terminal.ts";

/** Generates the TypeScript types of every event, command and aggregate, and returns the exit code. */
export async function codegen(flags: Flags, terminal: Terminal): Promise<number> {
  const { generateTypes } = await import("../codegen/generate-types.ts");
  return await deliver(async () => generateTypes((await readCatalog(flags, terminal)).catalog), flags, terminal);
}
