import { expect, test } from "vitest";
import type { CommandsStatus } from "../../src/command/processor/partition-status.ts";
import type { Processor } from "../../src/command/processor/processor.ts";
import { EventQLError } from "../../src/errors.ts";
import { reportProcessor } from "../../src/runtime/processor-report.ts";
import { type GaugeName, type Sample, noMetrics } from "../../src/telemetry/metrics.ts";

const gauges = new Map<GaugeName, () => readonly Sample[] | Promise<readonly Sample[]>>();
const metrics = {
  ...noMetrics,
  gauge: (...[name, read]: Parameters<typeof noMetrics.gauge>) => void gauges.set(name, read),
};
const log = { offsets: async () => await Promise.resolve([10, 20].map((high) => ({ low: 0, high }))) };

const partition = (number: number, changes: Partial<CommandsStatus>): CommandsStatus => ({
  topic: "values.commands",
  partition: number,
  owner: true,
  next: 0,
  caughtUp: true,
  decided: 0,
  rejected: 0,
  loadMs: 1,
  halted: undefined,
  ...changes,
});

function running(status: readonly CommandsStatus[], isCaughtUp: () => boolean = () => true): Processor {
  return {
    status: () => status,
    missing: () => ["values.outcomes"],
    topicsChanged: () => {},
    caughtUp: isCaughtUp,
    stop: async () => {},
  };
}

test("a process with no processor has nothing to wait for, and nothing to tell", async () => {
  const report = reportProcessor(metrics, log, () => undefined);
  expect([report.caughtUp(), await report.details()]).toEqual([true, undefined]);
  expect([await gauges.get("commandLag")?.(), await gauges.get("ownedPartitions")?.()]).toEqual([[], []]);
});

test("what this process owns is told, with how far it is behind", async () => {
  const halted = new EventQLError("PARTITION_MISMATCH", "no");
  const status = [partition(0, { next: 7 }), partition(1, { owner: false }), partition(2, { owner: false, halted })];
  const report = reportProcessor(metrics, log, () => running(status));
  expect(await report.details()).toEqual({
    ownedPartitions: 1,
    lag: 3,
    missingTopics: ["values.outcomes"],
    haltedPartitions: [{ topic: "values.commands", partition: 2, code: "PARTITION_MISMATCH", reason: "no" }],
  });
  expect(await gauges.get("ownedPartitions")?.()).toEqual([
    { value: 1, attributes: { "messaging.destination.name": "values.commands" } },
  ]);
});

test("a process that was ready stays so, whatever it takes over later", () => {
  let isCaughtUp = false;
  const report = reportProcessor(metrics, log, () => running([], () => isCaughtUp));
  expect(report.caughtUp()).toBe(false);
  isCaughtUp = true;
  expect(report.caughtUp()).toBe(true);
  isCaughtUp = false;
  expect(report.caughtUp()).toBe(true);
});
