import { expect, it } from "vitest";
import { letterText, lettersTable } from "../../../src/cli/dead-letters/format-letter.ts";
import type { ShownDeadLetter } from "../../../src/model/dead-letter-administration.ts";

const letter: ShownDeadLetter = {
  id: "aggregates/t/0/7",
  projection: "aggregates",
  topic: "t",
  partition: 0,
  offset: 7,
  key: "a\u001B[2J\nb",
  timestamp: new Date(0),
  code: "EVENT_INVALID",
  reason: "name:\n- is \u009B31m red",
  waiting: false,
  eventType: "app.Changed",
  payload: { name: "\u009B2J" },
  bytes: undefined,
  cursor: "c",
};

it("a letter has nothing that a terminal would obey, whatever its event says", () => {
  const [text, table] = [letterText(letter), lettersTable([letter])];
  expect(`${text}${table}`).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).toContain(String.raw`key         a\x1b[2J\x0ab`);
  expect(text).toContain(`reason      name:\n- is ${String.raw`\x9b31m red`}`);
  expect(text).toContain(String.raw`{"name":"\x9b2J"}`);
  expect(table).toContain(String.raw`a\x1b[2J\x0ab`);
});
