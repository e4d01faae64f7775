import type { Command } from "commander";
import type { Flags } from "../../config/sources.ts";
import type { OnExitCode } from "../exit-code.ts";
import { addStackFlags } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

const URL_FLAG = "--url <url>";
const URL_TEXT = "ask this gateway (default: EVENTQL_URL, else the stack itself)";

/** Adds `projections` and `rebuild`. */
export function addRebuild(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  addStackFlags(program.command("projections").option("--json", "as JSON").option(URL_FLAG, URL_TEXT))
    .description("list projections, the builds of their documents, and how far they are")
    .argument("[name]", "only this one: a topic, or the name of a projection in code")
    .action(async (name: string | undefined, flags: Flags) => {
      const { projections } = await import("../projections.ts");
      await projections(name, flags, terminal);
    });
  const command = program
    .command("rebuild")
    .description("build a projection's documents anew from the log, beside those that are read, and swap them")
    .argument("<name>", "a topic, or the name of a projection in code")
    .option("--swap", "let the new build take the live one's place (default, unless a comparison finds differences)")
    .option("--no-swap", "only build it; --swap does the rest later")
    .option("--compare", "compare all documents before the swap, and end with 1 where they differ")
    .option("--restore", "build nothing: put the previous build back")
    .option("--discard", "build nothing: remove the next build, or else the previous one")
    .option("--json", "as JSON")
    .option(URL_FLAG, URL_TEXT)
    .addHelpText(
      "after",
      `
EVENTQL_TOKEN or EVENTQL_API_KEY in the environment are presented to the gateway: of an administrator.

Examples:
  eventql rebuild appuser
  eventql rebuild appuser --no-swap --compare
  eventql rebuild appuser --restore`,
    )
    .action(async (name: string, flags: Flags) => {
      const { rebuild } = await import("../rebuild.ts");
      onExitCode(await rebuild(name, flags, terminal));
    });
  addStackFlags(command);
}
