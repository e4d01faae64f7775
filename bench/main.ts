import { Command } from "commander";
import { appendBench } from "./append/append.ts";
import { commandBench } from "./command/command.ts";
import { projectionBench } from "./projection/projection.ts";
import { rebuildBench } from "./rebuild/rebuild.ts";
import { printResults } from "./report.ts";
import { withServers } from "./servers.ts";
import { streamBench } from "./stream/stream.ts";
import { subscribeBench } from "./subscribe/subscribe.ts";

const BENCHES = new Map([
  ["append", appendBench],
  ["command", commandBench],
  ["projection", projectionBench],
  ["rebuild", rebuildBench],
  ["stream", streamBench],
  ["subscribe", subscribeBench],
]);

const program: Command = new Command("npm run bench --")
  .description("Measures EventQL beside its peers, in one run, on real servers.")
  .argument("<name>", `one of: ${[...BENCHES.keys()].join(", ")}`)
  .option("--rounds <number>", "interleaved rounds, of which the medians are reported", "3")
  .option("--json", "a line of JSON a case, in place of the table", false)
  .action(async (name: string, { rounds, json }: { readonly rounds: string; readonly json: boolean }) => {
    const bench = BENCHES.get(name);
    if (bench === undefined)
      program.error(`there is no bench '${name}': take one of ${[...BENCHES.keys()].join(", ")}`, { exitCode: 2 });
    const count = Number(rounds);
    if (!Number.isSafeInteger(count) || count < 3)
      program.error("--rounds takes a whole number from 3 up", { exitCode: 2 });
    const progress = (line: string): void => {
      process.stderr.write(`${line}\n`);
    };
    printResults(await withServers(progress, async (servers) => await bench(servers, count, progress)), json);
  });

await program.parseAsync();
