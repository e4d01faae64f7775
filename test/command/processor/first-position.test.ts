import { describe, expect, it } from "vitest";
import { encodeOutcome } from "../../../src/command/outcome-record.ts";
import { firstPosition } from "../../../src/command/processor/first-position.ts";
import type { OwnedPartition } from "../../../src/command/processor/session.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { HEADER, type LogRecord } from "../../../src/model/event.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";

const PLACE: OwnedPartition = {
  of: { topic: "values.commands", partition: 0 },
  topic: "values",
  projection: "p",
  partitions: 1,
  writes: [0],
};

function recordOf(topic: string, offset: number, rest: Partial<LogRecord>): LogRecord {
  return { topic, partition: 0, offset, timestamp: 0, key: Buffer.from("a"), value: null, headers: {}, ...rest };
}

function outcomeAt(offset: number, commandOffset: number): LogRecord {
  const outcome: Outcome = {
    commandId: `command-${commandOffset}`,
    kind: "command",
    type: "test.Count",
    topic: "values",
    id: "a",
    command: { ...PLACE.of, offset: commandOffset },
    status: "DECIDED",
    rejection: undefined,
    events: [],
    version: undefined,
    transaction: undefined,
    decidedAt: 0,
  };
  return recordOf("values.outcomes", offset, { value: encodeOutcome(outcome) });
}

interface Logs {
  readonly commands?: number;
  readonly outcomes?: readonly LogRecord[];
  readonly events?: readonly LogRecord[];
}

async function begin(kept: number | undefined, { commands = 10, outcomes = [], events = [] }: Logs): Promise<number> {
  const log: Pick<EventLog, "readRange"> = {
    readRange: async ({ topic, until = 0 }) => {
      await Promise.resolve();
      return { records: topic === "values" ? events : outcomes, next: until, complete: true };
    },
  };
  const end = (records: readonly LogRecord[]): number => (records.at(-1)?.offset ?? -1) + 1;
  const ranges = {
    commands: [{ low: 0, high: commands }],
    outcomes: [{ low: 0, high: end(outcomes) }],
    events: [{ low: 0, high: end(events) }],
  };
  return await firstPosition({ log, logger: silentLogger, group: "processors" }, PLACE, kept, ranges);
}

describe("where to begin to decide", () => {
  it("is where the log says, whatever else there is", async () => {
    expect(await begin(4, { outcomes: [outcomeAt(0, 8)] })).toBe(4);
  });

  it("is the beginning, where nothing was ever decided", async () => {
    expect(await begin(undefined, {})).toBe(0);
    expect(await begin(undefined, { commands: 0 })).toBe(0);
    expect(await begin(undefined, { events: [recordOf("values", 0, {})] })).toBe(0);
  });

  it("is behind the newest command that has an outcome, where the log has forgotten; repetitions have older ones", async () => {
    expect(await begin(undefined, { outcomes: [outcomeAt(0, 5), outcomeAt(1, 6), outcomeAt(2, 2)] })).toBe(7);
  });

  it("is nowhere, where only events say that commands were decided", async () => {
    const decided = recordOf("values", 3, { headers: { [HEADER.command]: "command-1" } });
    await expect(begin(undefined, { events: [decided] })).rejects.toMatchObject({
      code: "HISTORY_GONE",
      message: expect.stringContaining("--reset-offsets"),
    });
  });

  it("is nowhere, where the log ends before it", async () => {
    await expect(begin(11, {})).rejects.toMatchObject({ code: "HISTORY_GONE" });
  });
});
