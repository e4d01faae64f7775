import { stripVTControlCharacters } from "node:util";
import { expect, it, vi } from "vitest";
import type { Change } from "../../../src/cli/watch/change.ts";
import { lastTableView, liveTableView } from "../../../src/cli/watch/table-view.ts";

/** A terminal that keeps what is written to it. */
class Recorder {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  written = "";

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.written += text;
  }

  /** What is read, without colours and movements of the cursor. */
  get text(): string {
    return stripVTControlCharacters(this.written);
  }
}

function row(id: string, name: string): Change {
  return { operation: "SNAPSHOT", id, cursor: "", document: { id, name } };
}

it("draws the table, fitted into the terminal", async () => {
  const terminal = new Recorder(40, 8);
  const view = liveTableView(["id", "name"], terminal);
  for (const id of ["1", "2", "3", "4", "5"]) view.show(row(`000000000000-${id}`, `a name of ${id}`));
  await vi.waitFor(() => expect(terminal.text).toContain("5 rows"));
  expect(terminal.text).toBe(
    [
      "id              name",
      "000000000000-2  a name of 2",
      "000000000000-3  a name of 3",
      "000000000000-4  a name of 4",
      "000000000000-5  a name of 5",
      "",
      "5 rows, 0 changes, the last 4 shown",
      "",
    ].join("\n"),
  );
  view.end();
});

it("cuts the widest columns of a narrow terminal", () => {
  const terminal = new Recorder(18, 8);
  const view = liveTableView(["id", "name"], terminal);
  view.show(row("000000000000-1", "name"));
  view.end();
  expect(terminal.text).toBe("id            name\n00000000000…  name\n\n1 row, 0 changes\n");
});

it("says that the connection is lost until something comes", async () => {
  const terminal = new Recorder(80, 24);
  const view = liveTableView(["id", "name"], terminal);
  view.show(row("1", "a"));
  view.lost();
  await vi.waitFor(() => expect(terminal.text).toContain("1 row, 0 changes (the connection was lost: trying again)"));
  terminal.written = "";
  view.show({ ...row("1", "b"), operation: "UPDATE" });
  view.warn("email: forbidden");
  view.end();
  expect(terminal.text).toContain("1 row, 1 change\nemail: forbidden\n");
});

it("starts with no rows when it begins anew", () => {
  const out = new Recorder(0, 0);
  const view = lastTableView(["id"], { stdout: out, stderr: out });
  view.show(row("1", "a"));
  view.restart();
  view.show(row("2", "b"));
  view.end();
  expect(out.written).toBe("id\n2\n");
});
