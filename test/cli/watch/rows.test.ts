import { expect, it } from "vitest";
import type { Change } from "../../../src/cli/watch/change.ts";
import { Rows } from "../../../src/cli/watch/rows.ts";

function change(operation: Change["operation"], id: string, document: Change["document"]): Change {
  return { operation, id, cursor: id, document };
}

it("has the documents as they are, what changed last standing last", () => {
  const rows = new Rows();
  for (const id of ["1", "2", "3"]) rows.apply(change("SNAPSHOT", id, { id, name: "old" }));
  expect(rows.changes).toBe(0);
  rows.apply(change("UPDATE", "1", { id: "1", name: "new" }));
  rows.apply(change("LEAVE", "2", null));
  rows.apply(change("DELETE", "unknown", null));
  rows.apply(change("INSERT", "4", { id: "4", name: null }));
  expect([rows.size, rows.changes]).toEqual([3, 4]);
  const all = [
    ["3", "old"],
    ["1", "new"],
    ["4", ""],
  ];
  expect(rows.cells(["id", "name"], 10)).toEqual(all);
  expect(rows.cells(["id", "name"], 2)).toEqual(all.slice(1));
  rows.apply(change("RESET", "", null));
  rows.apply(change("SNAPSHOT", "5", { id: "5" }));
  expect([rows.cells(["id"], 10), rows.changes]).toEqual([[["5"]], 4]);
  rows.clear();
  expect(rows.cells(["id"], 10)).toEqual([]);
});

it("shows a value as a line that no terminal obeys", () => {
  const rows = new Rows();
  rows.apply(change("SNAPSHOT", "1", { a: "x\n\u001B[2Jy\u009B", b: ["1", "2"], c: 5, d: false }));
  expect(rows.cells(["a", "b", "c", "d", "e"], 1)).toEqual([
    [String.raw`x\x0a\x1b[2Jy\x9b`, '["1","2"]', "5", "false", ""],
  ]);
});
