import { describe, expect, test } from "vitest";
import { SeenCommands } from "../../../src/command/processor/seen-commands.ts";
import type { Outcome } from "../../../src/model/command.ts";

function outcomeOf(commandId: string, decidedAt = 0): Outcome {
  const command = { topic: "t.commands", partition: 0, offset: 0 };
  const nothing = { rejection: undefined, version: undefined, transaction: undefined };
  return {
    commandId,
    kind: "tombstone",
    type: "",
    topic: "t",
    id: "a",
    command,
    status: "DECIDED",
    events: [],
    decidedAt,
    ...nothing,
  };
}

describe("commands that were decided", () => {
  test("are known by the newest place of their outcome", () => {
    const seen = new SeenCommands({ ms: 100, commands: 10 });
    seen.add("a", 3);
    seen.add("a", 7);
    expect(seen.offsetOf("a")).toBe(7);
    expect(seen.outcomeOf("a", 0)).toBeUndefined();
    seen.hold(outcomeOf("a"));
    expect(seen.outcomeOf("a", 0)).toEqual(outcomeOf("a"));
  });

  test("are forgotten by their number", () => {
    const seen = new SeenCommands({ ms: 100, commands: 2 });
    for (const [offset, id] of ["a", "b", "a", "c"].entries()) seen.add(id, offset, outcomeOf(id));
    expect(["a", "b", "c"].map((id) => seen.offsetOf(id))).toEqual([2, undefined, 3]);
    expect(seen.outcomeOf("b", 0)).toBeUndefined();
    expect(seen.size).toBe(2);
  });

  test("are forgotten by their age", () => {
    const seen = new SeenCommands({ ms: 100, commands: 2 });
    seen.add("a", 0, outcomeOf("a", 1_000));
    expect(seen.outcomeOf("a", 1_100)?.commandId).toBe("a");
    expect(seen.outcomeOf("a", 1_101)).toBeUndefined();
  });
});
