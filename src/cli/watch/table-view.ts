import { createLogUpdate } from "log-update";
import { formatTable } from "../table.ts";
import type { Output } from "../terminal.ts";
import { Rows } from "./rows.ts";
import { Screen } from "./screen.ts";
import type { View } from "./view.ts";

/** ms between two drawings of the table. */
const FRAME_MS = 100;

/** Lines of a terminal that are no rows: the headings, the count and what stands around them. */
const OTHER_LINES = 4;

/** The table on a terminal, drawn anew as its rows change. */
export function liveTableView(columns: readonly string[], output: Output): View {
  const rows = new Rows();
  const screen = new Screen(output);
  const update = createLogUpdate(screen);
  const warnings = new Set<string>();
  let note = "";
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    const cells = rows.cells(columns, Math.max(1, screen.rows - OTHER_LINES - warnings.size));
    const table = formatTable(columns, cells, screen.columns);
    update([table.trimEnd(), countOf(rows, cells.length) + note, ...warnings].join("\n"));
  };
  const soon = (): void => {
    timer ??= setTimeout(draw, FRAME_MS);
  };
  return {
    show: (change) => {
      rows.apply(change);
      note = "";
      soon();
    },
    lost: () => {
      note = " (the connection was lost: trying again)";
      soon();
    },
    restart: () => rows.clear(),
    warn: (message) => {
      warnings.add(message);
      soon();
    },
    end: () => {
      clearTimeout(timer);
      draw();
      update.done();
    },
  };
}

/** The table as it is at the end, once: for a file or a pipe. */
export function lastTableView(
  columns: readonly string[],
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): View {
  const rows = new Rows();
  const warnings = new Set<string>();
  return {
    show: (change) => rows.apply(change),
    lost: () => {},
    restart: () => rows.clear(),
    warn: (message) => warnings.add(message),
    end: () => {
      stdout.write(formatTable(columns, rows.cells(columns, Number.POSITIVE_INFINITY)));
      for (const message of warnings) stderr.write(`${message}\n`);
    },
  };
}

function countOf({ size, changes }: Rows, shown: number): string {
  const hidden = shown < size ? `, the last ${shown} shown` : "";
  return `\n${size} ${size === 1 ? "row" : "rows"}, ${changes} ${changes === 1 ? "change" : "changes"}${hidden}`;
}
