import { Command } from "commander";
import { projectionBench } from "./projection/projection.ts";
import { printResults } from "./report.ts";
import { withServers } from "./servers.ts";

const BENCHES = { projection: projectionBench };

const program = new Command("npm run bench --")
  .description("Measures EventQL beside its peers, in one run, on real servers.")
  .argument("<name>", `one of: ${Object.keys(BENCHES).join(", ")}`)
  .option("--rounds <number>", "interleaved rounds, of which the medians are reported", "3")
  .option("--json", "a line of JSON a case, in place of the table", false)
  .action(async (name: string, { rounds, json }: { readonly rounds: string; readonly json: boolean }) => {
    if (!isBench(name))
      program.error(`there is no bench '${name}': take one of ${Object.keys(BENCHES).join(", ")}`, { exitCode: 2 });
    const count = Number(rounds);
    if (!Number.isSafeInteger(count) || count < 3)
      program.error("--rounds takes a whole number from 3 up", { exitCode: 2 });
    const progress = (line: string): void => {
      process.stderr.write(`${line}\n`);
    };
    printResults(await withServers(progress, async (servers) => await BENCHES[name](servers, count, progress)), json);
  });

function isBench(name: string): name is keyof typeof BENCHES {
  return Object.hasOwn(BENCHES, name);
}

await program.parseAsync();
