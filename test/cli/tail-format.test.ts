import { expect, it } from "vitest";
import { formatRecord } from "../../src/cli/tail-format.ts";

it("a record's line has nothing that a terminal would obey, whatever it says", () => {
  const key = new Uint8Array(Buffer.from("a\u001B[2J\nb"));
  const record = { topic: "t", partition: 0, offset: 7, timestamp: 0, headers: {}, key, value: null };
  const lines = [
    formatRecord(record, { status: "shown", name: "Changed", value: { name: "\u009B2J" } }, "text"),
    formatRecord(record, { status: "tombstone" }, "text"),
  ];
  expect(lines).toEqual([
    String.raw`1970-01-01T00:00:00.000Z t/0/7 a\x1b[2J\x0ab Changed {"name":"\x9b2J"}` + "\n",
    String.raw`1970-01-01T00:00:00.000Z t/0/7 a\x1b[2J\x0ab (tombstone)` + "\n",
  ]);
});
