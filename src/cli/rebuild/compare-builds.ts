import type { Comparison, DocumentDifference } from "../../model/builds.ts";
import type { Terminal } from "../terminal.ts";
import { plainText } from "../plain-text.ts";
import { grouped } from "./build-progress.ts";
import type { Administered } from "./open-administration.ts";

/** Differences that are shown. */
const SAMPLES = 10;

/** ms between two drawings of how many documents were compared. */
const FRAME_MS = 200;

/** Compares builds, and shows on a terminal how far that is. */
export async function compareBuilds(
  name: string,
  { projections }: Administered,
  { stderr }: Pick<Terminal, "stderr">,
): Promise<Comparison> {
  const isTerminal = stderr.isTTY === true;
  let drawnAt = 0;
  const onProgress = (compared: number): void => {
    if (!isTerminal || performance.now() - drawnAt < FRAME_MS) return;
    drawnAt = performance.now();
    stderr.write(`\r${name}: ${grouped(compared)} documents compared`);
  };
  try {
    return await projections.compare(name, { samples: SAMPLES, onProgress });
  } finally {
    if (drawnAt > 0) stderr.write("\r\u001B[K");
  }
}

/** Whether no document differs. */
export function isAlike({ different, onlyLive, onlyNext }: Comparison): boolean {
  return different + onlyLive + onlyNext === 0;
}

/** What a comparison has found, as lines. */
export function comparisonLines(comparison: Comparison): string {
  const { equal, different, onlyLive, onlyNext, samples } = comparison;
  if (isAlike(comparison))
    return equal === 1 ? "The one document is equal.\n" : `All ${grouped(equal)} documents are equal.\n`;
  const counts = `Documents: ${grouped(equal)} equal, ${grouped(different)} different, ${grouped(onlyLive)} only live, ${grouped(onlyNext)} only in the other build.`;
  return [counts, ...samples.map(sampleLine), ""].join("\n");
}

function sampleLine({ collection, id, columns, only }: DocumentDifference): string {
  const where = `  ${collection} ${plainText(id)}: `;
  if (only !== undefined) return `${where}only ${only === "live" ? "live" : "in the other build"}`;
  return `${where}${columns.length === 0 ? "columns that aren't shown" : columns.join(", ")}`;
}
