import type { Command } from "commander";
import type { Flags } from "../../config/sources.ts";
import { addStackFlags } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

/** Adds `eventql migrate`. */
export function addMigrate(program: Command, terminal: Terminal, onExitCode: (code: number) => void): void {
  const command = program
    .command("migrate")
    .description("go on, with the same documents, in another Kafka cluster that has mirrored topics")
    .option("--from <brokers>", "the cluster that was, where it can still be asked: host:port, separated by commas")
    .option("--from-config <file>", "the same by a configuration file, where it is reached otherwise than the new one")
    .option("--dry-run", "change nothing, but say what would be moved")
    .option("--same-offsets", "the mirror keeps offsets: no ids of events are needed")
    .option("--drop-history", "where offsets get lower, give up journals of events and what became invalid")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Stop every process of EventQL, and wait until the mirror has caught up. KAFKA_BROKERS names the new cluster.

Example:
  KAFKA_BROKERS=new:9092 eventql migrate --from old:9092 --dry-run`,
    )
    .action(async (flags: Flags) => {
      const { migrate } = await import("../migrate.ts");
      onExitCode(await migrate(flags, terminal));
    });
  addStackFlags(command);
}
