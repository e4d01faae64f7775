import { Command } from "commander";
import type { Flags } from "../config/sources.ts";
import type { OnExitCode } from "./exit-code.ts";
import { addGeneratorFlags, addServerFlags, addStackFlags, fromOption } from "./flags.ts";
import { addDeadLetters } from "./dead-letters/add-dead-letters.ts";
import { addMigrate } from "./migrate/add-migrate.ts";
import { addRebuild } from "./rebuild/add-rebuild.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** The command line: what commands and flags there are. What each does is loaded when it is asked for. */
export function createProgram(terminal: Terminal, onExitCode: OnExitCode): Command {
  const program = new Command("eventql")
    .description(
      "A GraphQL API from Avro events on Kafka: a document per key, with queries, mutations and live subscriptions.",
    )
    .version(version(), "--version", "print the version")
    .helpOption("-h, --help", "print what there is")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  program.showHelpAfterError("Add --help to see what there is.");
  addStart(program, terminal);
  addProduce(program, terminal, onExitCode);
  addSchema(program, terminal, onExitCode);
  addCodegen(program, terminal, onExitCode);
  addWatch(program, terminal);
  addInspection(program, terminal, onExitCode);
  addSurface(program, terminal, onExitCode);
  addRebuild(program, terminal, onExitCode);
  addDeadLetters(program, terminal, onExitCode);
  addMigrate(program, terminal, onExitCode);
  addStackFlags(addServerFlags(program.command("config").option("--json", "as JSON")))
    .description("print the settings, and where each came from, with secrets masked")
    .action(async (flags: Flags) => {
      const { printConfig } = await import("./print-config.ts");
      await printConfig(flags, terminal);
    });
  return program;
}

function addStart(program: Command, terminal: Terminal): void {
  addStackFlags(addServerFlags(program.command("start")))
    .description("serve the GraphQL API, and keep its documents current")
    .action(async (flags: Flags) => {
      const { start } = await import("./start.ts");
      await start(flags, terminal);
    });
}

function addProduce(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const command = program
    .command("produce")
    .description("append events, also while a server runs")
    .argument("[json]", "one event's fields")
    .requiredOption("--topic <name>", "where to append")
    .option("--key <key>", "the key of the event (default: a new UUID)")
    .option("--schema <name>", "the event's or command's type, where the topic has several and a line names none")
    .option("--file <file>", 'append a line of JSON each: {"key","schema","value"}; -: standard input')
    .option("--key-field <field>", "lines are plain payloads with the key in this field")
    .option("--tombstone", "delete the key's document")
    .option("--command-id <id>", "on an owned topic: sent twice, it is decided once")
    .option("--if-version <version>", "on an owned topic: only if the key has this version, NO_STREAM or EXISTS")
    .option("--no-wait", "on an owned topic: don't wait 5 s for the decision")
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
  addStackFlags(command);
}

function addSchema(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const schema = program
    .command("schema")
    .description("print the API, check or register Avro schemas, or lock names")
    .helpCommand(false);
  addGeneratorFlags(
    schema.command("print").option("--subgraph", "with the keys of Apollo Federation, as a gateway composes it"),
  )
    .description("print the GraphQL API as SDL")
    .action(async (flags: Flags) => {
      const { printApi } = await import("./schema.ts");
      onExitCode(await printApi(flags, terminal));
    });
  addSchemaChecks(schema, terminal, onExitCode);
  addStackFlags(schema.command("register"))
    .description("register a folder of Avro schemas, <topic>/<Event>.avsc")
    .argument("[folder]", "the folder (default: that of --schemas)")
    .action(async (folder: string | undefined, flags: Flags) => {
      const { registerSchemas } = await import("./schema.ts");
      await registerSchemas(folder, flags, terminal);
    });
}

function addSchemaChecks(schema: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const check = schema
    .command("check")
    .description(
      "say what registering the folder of schemas would break for clients of the API, and end with 1 if anything",
    )
    .option(
      "--against <source>",
      "a registry's URL, a folder of schemas or a file of SDL (default: the stack's registry)",
    )
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  eventql schema check --against http://localhost:8081
  eventql schema check --against api.graphql`,
    );
  addStackFlags(check).action(async (flags: Flags) => {
    const { checkSchemas } = await import("./schema-check.ts");
    onExitCode(await checkSchemas(flags, terminal));
  });
  const lock = schema
    .command("lock")
    .description("write the names that the API has into eventql.lock.json, so that no schema to come changes them")
    .addOption(fromOption())
    .option("--check", "write nothing, but end with 1 where the file is stale")
    .option("--prune", "remove names that nothing has any more");
  addStackFlags(lock).action(async (flags: Flags) => {
    const { lockSchemas } = await import("./schema-lock.ts");
    onExitCode(await lockSchemas(flags, terminal));
  });
}

function addCodegen(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  addGeneratorFlags(program.command("codegen"))
    .description("print the TypeScript types of every event, command and aggregate")
    .addHelpText(
      "after",
      `
Examples:
  eventql codegen --from schemas --out src/events.ts
  eventql codegen --from schemas --out src/events.ts --check`,
    )
    .action(async (flags: Flags) => {
      const { codegen } = await import("./codegen.ts");
      onExitCode(await codegen(flags, terminal));
    });
}

function addWatch(program: Command, terminal: Terminal): void {
  program
    .command("watch")
    .description("show the documents of a running gateway, live, as they change")
    .argument("<list>", "the list in the API, such as users")
    .option("--where <filter>", "which documents, as the list's argument where has it")
    .option("--columns <names>", "only these, separated by commas")
    .option("--url <url>", "the gateway (default: EVENTQL_URL, else http://localhost:4000/graphql)")
    .option("--limit <number>", "end after so many changes")
    .option("--format <table|json>", "json: a line for each change (default: a table on a terminal)")
    .option("--verbose", "show where unexpected errors come from")
    .addHelpText(
      "after",
      `
EVENTQL_TOKEN or EVENTQL_API_KEY in the environment are presented to the gateway.

Example:
  eventql watch users --where '{firstname: {startsWith: "A"}}'`,
    )
    .action(async (list: string, flags: Flags) => {
      const { watch } = await import("./watch.ts");
      await watch(list, flags, terminal);
    });
}

function addInspection(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  addStackFlags(program.command("topics").option("--json", "as JSON"))
    .description("list the topics that have event types, and what becomes of them")
    .action(async (flags: Flags) => {
      const { topics } = await import("./topics.ts");
      await topics(flags, terminal);
    });
  const command = program
    .command("tail")
    .description("show a topic's events, decoded, as they come")
    .argument("<topic>", "the topic")
    .option("--from-beginning", "from the oldest event on (default: from now on)")
    .option("--no-follow", "end at the log's end")
    .option("--limit <number>", "end after so many events")
    .option("--key <key>", "only the events of this key")
    .option("--format <json|text>", "json: lines that eventql produce --file reads (default: text on a terminal)")
    .action(async (topic: string, flags: Flags) => {
      const { tail } = await import("./tail.ts");
      await tail(topic, flags, terminal);
    });
  addStackFlags(command);
  addStackFlags(program.command("doctor").option("--json", "as JSON"))
    .description("check the servers, the schemas with their hints, and the topics, and say what to do")
    .action(async (flags: Flags) => {
      const { doctor } = await import("./doctor.ts");
      onExitCode(await doctor(flags, terminal));
    });
}

function addSurface(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const command = program
    .command("surface")
    .description("print the newest event of every key of an owned topic: its version and hash, or what a file has else")
    .argument("<topic>", "the topic")
    .option("--diff <file>", 'compare with lines of {"id","hash"}, {"id","version","hash"} or {"id","type","payload"}')
    .option("--json", "a line of JSON each (default unless on a terminal)")
    .addHelpText(
      "after",
      `
A comparison ends with 0 where both have the same, 1 where they differ, 2 where that can't be told.

Example:
  eventql surface accounts --diff accounts.ndjson`,
    )
    .action(async (topic: string, flags: Flags) => {
      const { surface } = await import("./surface.ts");
      onExitCode(await surface(topic, flags, terminal));
    });
  addStackFlags(command);
}
