import { type Command, Option } from "commander";

/** Flags of every command that works on a stack: added last, so that help has a command's own before them. */
export function addStackFlags(command: Command): Command {
  return addGeneralFlags(
    command
      .optionsGroup("Settings that commands share:")
      .option(
        "--stack <embedded|real>",
        "where events, schemas and documents are kept (default: embedded; real when KAFKA_BROKERS is set)",
      )
      .option("--data <folder>", "the embedded stack's folder (default: .eventql)")
      .option("--schemas <folder>", "the folder of Avro schemas, <topic>/<Event>.avsc (default: schemas)")
      .option("--topics <names>", "only these topics, separated by commas"),
  );
}

/** Flags of commands that generate a text from schemas. */
export function addGeneratorFlags(command: Command): Command {
  return addStackFlags(
    command
      .addOption(fromOption())
      .option("--out <file>", "write it there (default: to standard output)")
      .option("--check", "write nothing, but end with 1 where the file of --out is stale"),
  );
}

/** The flag that reads schemas with no registry. */
export function fromOption(): Option {
  const from = new Option("--from <folder>", "from this folder of Avro schemas alone, with no registry");
  return from.conflicts(["stack", "data"]);
}

/** Flags of `eventql start` besides those of every command. */
export function addServerFlags(command: Command): Command {
  return command
    .option("--port <number>", "the port to listen on; 0: any free one (default: 4000)")
    .option("--host <host>", "the address to listen on (default: 127.0.0.1)")
    .option("--roles <roles>", "gateway, projector, processor or some of them (default: all)")
    .option("--only <names>", "run these projections and streams alone, separated by commas")
    .option("--swap <auto|manual>", "when a projection built anew takes the live one's place (default: auto)")
    .option("--sample", "append a few example events if their topic is empty")
    .option("--no-sample", "append no example events")
    .option("--create-topics", "make topics that don't exist (default on the embedded stack)")
    .option("--no-create-topics", "make no topics")
    .option("--allow-anonymous", "let anyone call who reaches the server, also from other machines");
}

function addGeneralFlags(command: Command): Command {
  return command
    .option("--config <file>", "the configuration file (default: eventql.config.ts, if there is one)")
    .option("--log-level <level>", "debug, info, warn, error or silent (default: info)")
    .option("--log-format <format>", "json, pretty or auto (default: auto)")
    .option("--verbose", "log everything, and show where unexpected errors come from");
}
