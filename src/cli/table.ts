import Table from "cli-table3";

const NO_LINES = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((part) => [part, ""]),
);

/** What stands between two columns. */
const GAP = "  ";

/** Characters that a column keeps, however narrow the table has to be. */
const LEAST = 4;

/**
 * Rows under their headings, aligned, without lines or colours; ends with a newline. Where it would be wider than `width`
 * characters, the widest columns are cut.
 */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const table = new Table({
    head: [...headings],
    chars: { ...NO_LINES, middle: GAP },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths: fittingWidths([headings, ...rows], width),
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split("\n");
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** The columns' widths, the widest made narrower until all fit; none where all fit as they are. */
function fittingWidths(lines: readonly (readonly string[])[], width: number): number[] {
  const widths = (lines[0] ?? []).map((_heading, column) => Math.max(...lines.map((cells) => lengthOf(cells[column]))));
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  if (total() <= width) return [];
  for (let excess = total() - width; excess > 0; excess -= 1) {
    const widest = Math.max(...widths);
    if (widest <= LEAST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function lengthOf(cell = ""): number {
  return cell.length;
}
