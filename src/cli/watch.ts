import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import { limitOf } from "./limit.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Terminal } from "./terminal.ts";
import { ask, endpointOf } from "./watch/endpoint.ts";
import { follow } from "./watch/follow.ts";
import { lineView } from "./watch/line-view.ts";
import { nearest } from "./watch/nearest.ts";
import { liveTableView, lastTableView } from "./watch/table-view.ts";
import type { View } from "./watch/view.ts";
import { INTROSPECTION, type Watched, findWatched } from "./watch/watched.ts";
import { readWhere } from "./watch/where.ts";

/**
 * Shows the documents of a running gateway, live: a table on a terminal, else a line of JSON for each change.
 * @throws EventQLError `BAD_USER_INPUT` for what can't be asked, `STACK_UNAVAILABLE` where no gateway answers, else what
 *   the gateway says against it.
 */
export async function watch(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { url, where, columns: asked, limit, format } = flags;
  const endpoint = endpointOf(url, terminal.env);
  const filter = typeof where === "string" ? readWhere(where) : undefined;
  const most = limitOf(limit);
  const asTable = isTable(format, terminal);
  const watched = findWatched(await ask(endpoint, INTROSPECTION), name);
  const columns = columnsOf(asked, watched);
  const view = asTable ? tableView(columns, terminal) : lineView(watched, terminal);
  const ending = new AbortController();
  void abortAfter(stopSignal(), ending);
  let seen = 0;
  try {
    for await (const change of follow({ endpoint, watched, columns, where: filter, signal: ending.signal, view })) {
      view.show(change);
      if (++seen >= most) break;
    }
  } finally {
    ending.abort();
    view.end();
  }
}

async function abortAfter(stopped: Promise<unknown>, ending: AbortController): Promise<void> {
  await stopped;
  ending.abort();
}

function isTable(format: Flags[string], { stdout }: Terminal): boolean {
  if (format === "table" || format === "json") return format === "table";
  if (format === undefined) return stdout.isTTY === true;
  throw new EventQLError("BAD_USER_INPUT", `--format is ${JSON.stringify(format)}: give table or json.`);
}

function tableView(columns: readonly string[], { stdout, stderr }: Terminal): View {
  return stdout.isTTY === true ? liveTableView(columns, stdout) : lastTableView(columns, { stdout, stderr });
}

function columnsOf(asked: Flags[string], { columns }: Watched): readonly string[] {
  if (typeof asked !== "string") return columns;
  const wanted = asked.split(",").map((column) => column.trim());
  const unknown = wanted.find((column) => !columns.includes(column));
  if (unknown === undefined) return wanted;
  throw new EventQLError("BAD_USER_INPUT", `There is no column ${unknown} to show. ${nearest(unknown, columns)}`);
}
