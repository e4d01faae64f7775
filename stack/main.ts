import { isEventQLError } from "../src/errors.ts";
import { parseArguments, type StackArguments } from "./arguments.ts";
import { down, status, up, type Output } from "./commands.ts";
import { composeProject } from "./docker.ts";
import type { Place } from "./servers.ts";
import { cacheFolder, dataFolder } from "./settings.ts";

/** Exit codes: something failed or isn't running; the command line is wrong. */
const FAILED = 1;
const WRONG_USE = 2;

const place: Place = { cache: cacheFolder(), data: dataFolder(), project: composeProject };

const output: Output = {
  print: (line) => process.stdout.write(`${line}\n`),
  report: (line) => process.stderr.write(`${line}\n`),
};

async function run(asked: StackArguments): Promise<number> {
  switch (asked.command) {
    case "up":
      await up(place, asked.ports, asked.way, output);
      return 0;
    case "status":
      return (await status(place, output)) ? 0 : FAILED;
    case "down":
      await down(place, asked.deleteData, output);
      return 0;
    case "help":
      process.stdout.write(asked.text);
      return 0;
    case "wrong":
      process.stderr.write(asked.text);
      return WRONG_USE;
  }
}

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!isEventQLError(error)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = FAILED;
}
