import { type Command, Option } from "commander";
import type { Flags } from "../../config/sources.ts";
import type { OnExitCode } from "../exit-code.ts";
import { addStackFlags } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

const EXIT_CODES = `
It ends with 0 where the event is settled and nothing of its key waits any more, with 1 where something failed or waits on,
with 2 where nobody has seen to it yet: a server with the role projector does, also later.`;

/** Adds `dead-letters`, which works on the stack itself, also beside a server that holds the embedded one. */
export function addDeadLetters(program: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const letters = program
    .command("dead-letters")
    .description("list events that could not be applied, and retry, skip or fix them")
    .helpCommand(false);
  addList(letters, terminal);
  addStackFlags(letters.command("show").option("--json", "as JSON"))
    .description("show a dead letter with its event, but for hidden fields")
    .argument("<id>", "the dead letter's id, as list shows it")
    .action(async (id: string, flags: Flags) => {
      const { showDeadLetter } = await import("../dead-letters.ts");
      await showDeadLetter(id, flags, terminal);
    });
  addRetry(letters, terminal, onExitCode);
  waiting(letters.command("skip"))
    .description("leave an event out for good, and apply those that wait behind it, in order")
    .argument("<id>", "the dead letter's id, as list shows it")
    .addHelpText("after", EXIT_CODES)
    .action(async (id: string, flags: Flags) => {
      const { settleDeadLetter } = await import("../dead-letters.ts");
      onExitCode(await settleDeadLetter({ id, action: "skip" }, flags, terminal));
    });
  addFix(letters, terminal, onExitCode);
}

function addList(letters: Command, terminal: Terminal): void {
  const command = filters(letters.command("list"))
    .option("--key <key>", "only those of this key")
    .option("--waiting", "those that wait behind another one, too")
    .option("--limit <number>", "at most so many (default: 1000)")
    .option("--json", "a line of JSON each");
  addStackFlags(command)
    .description("list the dead letters")
    .action(async (flags: Flags) => {
      const { listDeadLetters } = await import("../dead-letters.ts");
      await listDeadLetters(flags, terminal);
    });
}

function addRetry(letters: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const command = letters.command("retry").option("--all", "all of them, or those that the following flags select");
  waiting(filters(command))
    .description("apply an event again, or all that fit, and those that wait behind, in order")
    .argument("[id]", "the dead letter's id, as list shows it")
    .addHelpText(
      "after",
      `${EXIT_CODES}

Examples:
  eventql dead-letters retry aggregates/appuser/0/7
  eventql dead-letters retry --all --topic appuser --code EVENT_TYPE_UNKNOWN`,
    )
    .action(async (id: string | undefined, flags: Flags) => {
      const { retryDeadLetters } = await import("../dead-letters.ts");
      onExitCode(await retryDeadLetters(id, flags, terminal));
    });
}

function addFix(letters: Command, terminal: Terminal, onExitCode: OnExitCode): void {
  const command = letters
    .command("fix")
    .option("--type <name>", "the event's type, where it can't be told from the event and the topic has several")
    .option("--bytes <base64>", "in place of the JSON: the record's value as it is to be");
  waiting(command)
    .description("apply another payload in an event's place, and those that wait behind it, in order")
    .argument("<id>", "the dead letter's id, as list shows it")
    .argument("[json]", "the event's fields by their Avro names; hidden ones that are left out stay as they were")
    .addHelpText(
      "after",
      `${EXIT_CODES}

Example:
  eventql dead-letters fix aggregates/appuser/0/7 '{"first_name":"first","last_name":"name"}'`,
    )
    .action(async (id: string, json: string | undefined, flags: Flags) => {
      const { fixDeadLetter } = await import("../dead-letters.ts");
      onExitCode(await fixDeadLetter(id, json, flags, terminal));
    });
}

function filters(command: Command): Command {
  return command
    .option("--topic <name>", "only those of this topic")
    .option("--projection <name>", "only those of this projection or stream; aggregates: of topics' documents")
    .option("--code <code>", "only those that can't be applied for this reason, such as EVENT_INVALID");
}

function waiting(command: Command): Command {
  const request = new Option("--request-id <id>", "asked twice by one id, it is done once");
  return addStackFlags(
    command
      .option("--wait <seconds>", "how long to wait for the owner of its partition (default: 10)")
      .addOption(request)
      .option("--json", "as JSON"),
  );
}
