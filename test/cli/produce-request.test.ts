import { expect, it } from "vitest";
import { produceRequest } from "../../src/cli/produce-request.ts";

const shape = { schema: undefined, keyField: undefined };
const topic = "t";

it.each([
  [
    "one event",
    "{}",
    { topic, key: "k", schema: "S" },
    { kind: "event", key: "k", text: "{}", shape: { ...shape, schema: "S" }, options: {} },
  ],
  [
    "a command",
    "{}",
    { topic, commandId: "c", ifVersion: "7" },
    { kind: "event", key: undefined, text: "{}", shape, options: { commandId: "c", ifVersion: 7 } },
  ],
  ["a tombstone", undefined, { topic, key: "k", tombstone: true }, { kind: "tombstone", key: "k", options: {} }],
  [
    "a tombstone of what exists",
    undefined,
    { topic, key: "k", tombstone: true, ifVersion: "EXISTS" },
    { kind: "tombstone", key: "k", options: { ifVersion: "EXISTS" } },
  ],
  ["a file", undefined, { topic, file: "f" }, { kind: "lines", file: "f", shape }],
  ["standard input by name", undefined, { topic, file: "-" }, { kind: "lines", file: undefined, shape }],
])("reads %s", (_what, payload, flags, expected) => {
  expect(produceRequest(payload, flags, true)).toEqual({ topic, ...expected });
});

it("reads standard input where nothing else is given", () => {
  expect(produceRequest(undefined, { topic }, false)).toEqual({ kind: "lines", topic, file: undefined, shape });
});

it.each([
  ["no topic", "{}", {}, "--topic"],
  ["a tombstone without a key", undefined, { topic, tombstone: true }, "--key"],
  ["a tombstone with a payload", "{}", { topic, key: "k", tombstone: true }, "no payload"],
  ["a payload and a file", "{}", { topic, file: "f" }, "not both"],
  ["a key and a key's field", "{}", { topic, key: "k", keyField: "f" }, "not both"],
  ["a key for lines", undefined, { topic, key: "k", file: "f" }, "--key is for one event"],
  ["a version for lines", undefined, { topic, file: "f", ifVersion: "7" }, "--if-version are for one event"],
  ["a version that is none", "{}", { topic, ifVersion: "latest" }, "--if-version is"],
  ["a version beyond all", "{}", { topic, ifVersion: "9".repeat(20) }, "--if-version is"],
  ["nothing at a terminal", undefined, { topic }, "produce --help"],
])("refuses %s", (_what, payload, flags, message) => {
  expect(() => produceRequest(payload, flags, true)).toThrow(message);
});
