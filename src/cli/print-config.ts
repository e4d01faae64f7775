import { describeConfig } from "../config/describe-config.ts";
import type { Flags } from "../config/sources.ts";
import { configOf } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Prints every setting, where it came from, and secrets masked. */
export async function printConfig({ json, ...flags }: Flags, terminal: Terminal): Promise<void> {
  const described = describeConfig(await configOf(flags, terminal));
  if (json === true) {
    terminal.stdout.write(`${JSON.stringify(described, undefined, 2)}\n`);
    return;
  }
  const width = Math.max(...described.map(({ path }) => path.length));
  const valueWidth = Math.min(48, Math.max(...described.map(({ value }) => value.length)));
  for (const { path, value, source } of described) {
    terminal.stdout.write(`${path.padEnd(width)}  ${value.padEnd(valueWidth)}  ${source}\n`);
  }
}
