import { Command } from "commander";
import type { Flags } from "../config/sources.ts";
import { addServerFlags, addStackFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Told of the exit code of a command that ended by itself. */
export type OnExitCode = (code: number) => void;

/** The command line: what commands and flags there are. What each does is loaded when it is asked for. */
export function createProgram(terminal: Terminal, onExitCode: OnExitCode): Command {
  const program = new Command("eventql")
    .description("A GraphQL API from Avro events on Kafka: a document per key, with queries and mutations.")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print what there is")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  program.showHelpAfterError("Add --help to see what there is.");
  addStart(program, terminal);
  addProduce(program, terminal, onExitCode);
  addSchema(program, terminal);
  addServerFlags(addStackFlags(program.command("config")))
    .description("print the settings, and where each came from, with secrets masked")
    .option("--json", "as JSON")
    .action(async (flags: Flags) => {
      const { printConfig } = await import("./print-config.ts");
      await printConfig(flags, terminal);
    });
  return program;
}

function addStart(program: Command, terminal: Terminal): void {
  addServerFlags(addStackFlags(program.command("start")))
    .description("serve the GraphQL API, and keep its documents current")
    .action(async (flags: Flags) => {
      const { start } = await import("./start.ts");
      await start(flags, terminal);
    });
}

function addProduce(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  addStackFlags(program.command("produce"))
    .description("append events, also while a server runs")
    .argument("[json]", "one event's fields")
    .requiredOption("--topic <name>", "where to append")
    .option("--key <key>", "the key of the event (default: a new UUID)")
    .option("--schema <name>", "the event type, where the topic has several and a line names none")
    .option("--file <file>", 'append a line of JSON each: {"key","schema","value"}; -: standard input')
    .option("--key-field <field>", "lines are plain payloads with the key in this field")
    .option("--tombstone", "delete the key's document")
    .addHelpText(
      "after",
      `
Examples:
  eventql produce --topic appuser --schema UserChanged '{"first_name":"first","last_name":"name"}'
  eventql produce --topic appuser --key 0190a0de-0000-7000-8000-000000000001 --tombstone
  eventql produce --topic appuser --file events.ndjson`,
    )
    .action(async (payload: string | undefined, flags: Flags) => {
      const { produce } = await import("./produce.ts");
      onExitCode(await produce(payload, flags, terminal));
    });
}

function addSchema(program: Command, terminal: Terminal): void {
  const schema = program.command("schema").description("print the API, or register Avro schemas");
  addStackFlags(schema.command("print"))
    .description("print the GraphQL API as SDL")
    .action(async (flags: Flags) => {
      const { printApi } = await import("./schema.ts");
      await printApi(flags, terminal);
    });
  addStackFlags(schema.command("register"))
    .description("register a folder of Avro schemas, <topic>/<Event>.avsc")
    .argument("[folder]", "the folder (default: that of --schemas)")
    .action(async (folder: string | undefined, flags: Flags) => {
      const { registerSchemas } = await import("./schema.ts");
      await registerSchemas(folder, flags, terminal);
    });
}
