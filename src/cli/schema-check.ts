import { isEventQLError } from "../errors.ts";
import type { Flags } from "../config/sources.ts";
import { counted } from "./counted.ts";
import type { Terminal } from "./terminal.ts";
import type { SchemaFindings } from "./schema-check/findings.ts";

/** The exit code of a check that could not be made. */
const NOT_CHECKED = 2;

/**
 * Compares the API of a source with the one that it would have with the folder's schemas, and tells what breaks clients.
 * Returns the exit code: 1 where something does, 2 where the source, or the folder, can't be read.
 */
export async function checkSchemas({ against, json, ...flags }: Flags, terminal: Terminal): Promise<number> {
  const { findChanges } = await import("./schema-check/find-changes.ts");
  try {
    const found = await findChanges(typeof against === "string" ? against : undefined, flags, terminal);
    const count = found.breaking.length + found.incompatible.length + found.problems.length;
    terminal.stdout.write(
      json === true ? `${JSON.stringify({ ok: count === 0, ...found }, undefined, 2)}\n` : textOf(found, count),
    );
    return count === 0 ? 0 : 1;
  } catch (error) {
    if (!isEventQLError(error)) throw error;
    terminal.stderr.write(`${error.code}: ${error.message}\n`);
    return NOT_CHECKED;
  }
}

function textOf({ breaking, dangerous, incompatible, problems, leftOut }: SchemaFindings, count: number): string {
  const entries = [
    ...problems.map((problem) => entry("✗", problem, "Until it is mended, gateways keep the API that they have.")),
    ...incompatible.map(({ subject, version, reasons }) =>
      entry("✗", `${subject} is not compatible with version ${version}: a registry refuses it.`, ...reasons),
    ),
    ...entriesOf("✗", breaking),
    ...entriesOf("!", dangerous),
    ...leftOut.map(({ subject, reason }) => entry("!", `${subject} is left out of the API.`, reason)),
  ];
  const warnings = dangerous.length + leftOut.length;
  const noted = warnings === 0 ? "" : ` To know: ${counted(warnings, "warning")} (!).`;
  const verdict = count === 0 ? "Nothing breaks." : `${counted(count, "change")} (✗) to mend before registering.`;
  return `${entries.join("")}${verdict}${noted}\n`;
}

/** Changes of one cause stand together. */
function entriesOf(mark: string, changes: SchemaFindings["breaking"]): readonly string[] {
  return [...Map.groupBy(changes, ({ why }) => why)].map(
    ([why, alike]) => `${alike.map(({ description }) => `${mark} ${description}\n`).join("")}    ${why}\n`,
  );
}

function entry(mark: string, title: string, ...notes: readonly string[]): string {
  return `${[`${mark} ${title}`, ...notes.map((note) => `    ${note}`)].join("\n")}\n`;
}
