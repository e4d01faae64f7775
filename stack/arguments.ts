import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { defaultPorts, portOptions, serverNames, titles, type PerServer, type ServerName } from "./settings.ts";
import { ways, type Way } from "./way.ts";

/** The ports that the user asks for; undefined where nothing was said. */
export type WantedPorts = PerServer<number | undefined>;

/** What the command line asks for. */
export type StackArguments =
  | { readonly command: "up"; readonly ports: WantedPorts; readonly way: Way | undefined }
  | { readonly command: "status" }
  | { readonly command: "down"; readonly deleteData: boolean }
  | { readonly command: "help"; readonly text: string }
  | { readonly command: "wrong"; readonly text: string };

const GREATEST_PORT = 65_535;

const environmentHelp = `
Environment:
  EVENTQL_STACK_CACHE  folder of the downloads (default ~/.cache/eventql-stack)
  EVENTQL_STACK_DATA   folder of the servers' data, logs and process ids (default .stack)`;

/** Reads the arguments after `npm run stack --`. */
export function parseArguments(argv: readonly string[]): StackArguments {
  let asked: StackArguments | undefined;
  let text = "";
  const write = (piece: string): void => {
    text += piece;
  };
  const program = stackProgram((it) => (asked = it)).configureOutput({ writeOut: write, writeErr: write });
  program.commands.forEach((command) => command.configureOutput({ writeOut: write, writeErr: write }));
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { command: error.exitCode === 0 ? "help" : "wrong", text };
  }
  return asked ?? { command: "wrong", text: program.helpInformation() };
}

function stackProgram(take: (asked: StackArguments) => void): Command {
  const program = new Command("npm run stack --")
    .description("Starts and stops the real servers: Kafka, a schema registry and MongoDB.")
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false)
    .addHelpText("after", environmentHelp);
  addUp(program, take);
  program
    .command("status")
    .description("print each server's address and process; exit code 1 if one isn't running")
    .action(() => take({ command: "status" }));
  program
    .command("down")
    .description("stop the servers that `up` started, and keep their data")
    .option("--delete-data", "remove their data, too", false)
    .action(({ deleteData }: { readonly deleteData: boolean }) => take({ command: "down", deleteData }));
  return program;
}

interface UpOptions {
  readonly kafkaPort?: number;
  readonly registryPort?: number;
  readonly mongoPort?: number;
  readonly way?: Way;
}

function addUp(program: Command, take: (asked: StackArguments) => void): void {
  const up = program.command("up").description("start the servers that don't run yet, and wait until they answer");
  for (const name of serverNames) up.addOption(portOption(name));
  up.addOption(new Option("--way <way>", "how to run them (default: see docs/stack.md)").choices(ways));
  up.action(({ kafkaPort, registryPort, mongoPort, way }: UpOptions) =>
    take({ command: "up", ports: { kafka: kafkaPort, registry: registryPort, mongo: mongoPort }, way }),
  );
}

function portOption(name: ServerName): Option {
  const what = `${titles[name]}'s port; 0 takes any free one (default: ${defaultPorts[name]})`;
  return new Option(`${portOptions[name]} <port>`, what).argParser(parsePort);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > GREATEST_PORT)
    throw new InvalidArgumentError(`A port is a whole number from 0 to ${GREATEST_PORT}.`);
  return port;
}
