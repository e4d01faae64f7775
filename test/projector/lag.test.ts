import { describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { gaugeProjector } from "../../src/projector/gauges.ts";
import { lagOf } from "../../src/projector/lag.ts";
import type { PartitionStatus } from "../../src/projector/partition-status.ts";
import { type GaugeName, type Metrics, type Sample, noMetrics } from "../../src/telemetry/metrics.ts";

function partition(
  topic: string,
  number: number,
  next: number,
  changes: Partial<PartitionStatus> = {},
): PartitionStatus {
  const counts = { applied: 0, deadLetters: 0, parkedKeys: 0, absent: 0, existed: 0 };
  const still = { halted: undefined, waitingForCatalog: undefined };
  return { topic, partition: number, next, caughtUp: false, ...still, ...counts, ...changes };
}

function attributes(topic: string, number: number): Readonly<Record<string, string>> {
  return { "messaging.destination.name": topic, "messaging.destination.partition.id": String(number) };
}

const status = vi.fn<() => readonly PartitionStatus[]>();
const offsets = vi.fn<EventLog["offsets"]>();
const log = { offsets };

describe("the lag", () => {
  test("is from the projection to the log's end, of the partitions of this process", async () => {
    status.mockReturnValue([partition("t", 0, 4), partition("t", 2, 30), partition("u", 0, 0)]);
    offsets.mockImplementation(async (topic) =>
      topic === "t" ? [10, 20, 30].map((high) => ({ low: 0, high })) : [{ low: 5, high: 8 }],
    );
    expect(await lagOf({ log, status })()).toEqual([
      { value: 6, attributes: attributes("t", 0) },
      { value: 0, attributes: attributes("t", 2) },
      { value: 3, attributes: attributes("u", 0) },
    ]);
  });

  test("is never below 0, though the projection went on since the log was asked", async () => {
    status.mockReturnValue([partition("t", 0, 12)]);
    offsets.mockResolvedValue([{ low: 0, high: 10 }]);
    expect(await lagOf({ log, status })()).toEqual([{ value: 0, attributes: attributes("t", 0) }]);
  });

  test("asks the log once for many readings, until its answer is old", async () => {
    status.mockReturnValue([partition("t", 0, 4), partition("t", 1, 4)]);
    offsets.mockReset();
    offsets.mockResolvedValue([{ low: 0, high: 10 }]);
    const read = lagOf({ log, status });
    await Promise.all([read(), read()]);
    await read();
    expect(offsets).toHaveBeenCalledOnce();
    const always = lagOf({ log, status, freshMs: 0 });
    await always();
    await always();
    expect(offsets).toHaveBeenCalledTimes(3);
  });

  test("of a topic whose offsets can't be had is left out, others are told", async () => {
    status.mockReturnValue([partition("away", 0, 0), partition("slow", 0, 0), partition("t", 0, 9)]);
    offsets.mockImplementation(async (topic) => {
      if (topic === "away") throw new EventQLError("EVENT_LOG_UNAVAILABLE", "away");
      return topic === "slow" ? await new Promise(() => {}) : [{ low: 0, high: 10 }];
    });
    expect(await lagOf({ log, status, timeoutMs: 20 })()).toEqual([{ value: 1, attributes: attributes("t", 0) }]);
  });
});

test("a projector's gauges are its lag, its parked keys, and by topic its halted partitions", async () => {
  const gauges = new Map<GaugeName, () => readonly Sample[] | Promise<readonly Sample[]>>();
  const gauge: Metrics["gauge"] = (name, read) => void gauges.set(name, read);
  const halted = new EventQLError("HISTORY_GONE", "gone");
  status.mockReturnValue([
    partition("t", 0, 4, { parkedKeys: 2 }),
    partition("t", 1, 4, { halted }),
    partition("u", 0, 1),
  ]);
  offsets.mockResolvedValue([5, 5].map((high) => ({ low: 0, high })));
  gaugeProjector({ ...noMetrics, gauge }, log, { status });
  expect((await gauges.get("consumerLag")?.())?.map(({ value }) => value)).toEqual([1, 1, 4]);
  expect(await gauges.get("parkedKeys")?.()).toEqual([
    { value: 2, attributes: attributes("t", 0) },
    { value: 0, attributes: attributes("t", 1) },
    { value: 0, attributes: attributes("u", 0) },
  ]);
  expect(await gauges.get("haltedPartitions")?.()).toEqual([
    { value: 1, attributes: { "messaging.destination.name": "t" } },
    { value: 0, attributes: { "messaging.destination.name": "u" } },
  ]);
});
