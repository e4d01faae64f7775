import { beforeAll, describe, expect, test } from "vitest";
import { keysOf } from "../../../src/command/processor/asked-command.ts";
import { readCommands } from "../../../src/command/processor/read-command.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import { commandsOf, preparedRules, recordsOf, ruleOf, setOf } from "./commands-of.ts";
import { type Sample, openSample } from "./sample.ts";

let sample: Sample;

beforeAll(async () => {
  sample = await openSample();
  await preparedRules(sample, sample.counter);
  await preparedRules(sample, sample.account);
});

/** A command that creates `a`, changed. */
function read(changes: Partial<LogRecord>) {
  const records = recordsOf(sample, [ruleOf(sample, "Create")]).map((record) => ({ ...record, ...changes }));
  const { commands, unprepared, doubtful } = readCommands({ codec: sample.codec, topic: "counters" }, records);
  return { ...commands[0], unprepared: [...unprepared], doubtful: [...doubtful] };
}

describe("reading commands", () => {
  test("knows what each asks for, and of which keys", () => {
    const transaction = {
      kind: "transaction" as const,
      aggregate: sample.account,
      events: [setOf(sample, "a", 1), setOf(sample, "b", 1)],
    };
    const [asked] = commandsOf(sample, [transaction]);
    expect(asked).toMatchObject({ kind: "transaction", type: "", id: undefined, commandId: "c0" });
    expect(asked && keysOf(asked)).toEqual(["a", "b"]);
    expect(read({})).toMatchObject({
      kind: "command",
      type: "Create",
      id: "a",
      asked: { key: "a", payload: { value: 0n } },
    });
  });

  test.each<[string, Partial<LogRecord>]>([
    ["no kind", { headers: {} }],
    ["no value", { value: null }],
    ["no Avro", { value: Buffer.from("x") }],
    ["a key that isn't text", { key: Buffer.from([0xff]) }],
    ["a wrong version", { headers: { eventql_kind: "command", eventql_if_version: "newest" } }],
    ["a transaction that is none", { headers: { eventql_kind: "transaction" }, value: Buffer.from("{}") }],
    ["an invalidation that is none", { headers: { eventql_kind: "invalidation" }, value: null }],
  ])("refuses what has %s", (_what, changes) => {
    expect(read(changes)).toMatchObject({
      asked: { kind: "refused", rejection: { code: "EVENT_INVALID" } },
      unprepared: [],
      doubtful: [],
    });
  });

  test("calls a command that has no id by its place", () => {
    expect(read({ headers: {}, partition: 2, offset: 5 }).commandId).toBe("counters.commands/2/5");
  });

  test("keeps nothing of strangers that is too long to be told of", () => {
    const long = "x".repeat(1_025);
    const asked = { kind: "refused", rejection: { code: "EVENT_INVALID" } };
    expect(read({ headers: { ce_id: long, eventql_kind: "command" } })).toMatchObject({
      commandId: "counters.commands/0/0",
      asked,
    });
    expect(read({ key: Buffer.from(long) })).toMatchObject({ id: undefined, asked });
    expect(read({ headers: { ce_id: "c", eventql_kind: "event", ce_type: long }, value: null })).toMatchObject({
      type: "",
      asked,
    });
  });

  test("names schemas that aren't at hand, and those that a newer catalog may know", async () => {
    const strange = Buffer.from([0, 0, 0, 0, 99, 0]);
    expect(read({ value: strange }).unprepared).toEqual([99]);
    await sample.codec.prepare("counters", 99);
    expect(read({ value: strange })).toMatchObject({ unprepared: [], asked: { kind: "refused" } });
    expect(read({ value: strange }).doubtful).toHaveLength(1);
  });
});
