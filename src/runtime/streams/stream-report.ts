import type { StreamPartitionStatus, StreamStatus } from "../../dataflow/stream-status.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { lagOf } from "../../projector/lag.ts";
import type { Metrics, Sample } from "../../telemetry/metrics.ts";
import { ATTRIBUTE, partitionAttributes, topicAttributes } from "../../telemetry/semantic-conventions.ts";

/** Has the state of streams read whenever metrics are: lag, parked keys, halted partitions. */
export function gaugeStreams(
  metrics: Metrics,
  log: Pick<EventLog, "offsets">,
  status: () => readonly StreamStatus[],
): void {
  const lags = new Map<string, ReturnType<typeof lagOf>>();
  const lagOfStream = (stream: string): ReturnType<typeof lagOf> => {
    const partitions = (): readonly StreamPartitionStatus[] =>
      status().find((each) => each.stream === stream)?.partitions ?? [];
    const lag = lags.get(stream) ?? lagOf({ log, status: partitions });
    lags.set(stream, lag);
    return lag;
  };
  metrics.gauge("streamLag", async () => {
    const read = status().map(async ({ stream }) => named(stream, await lagOfStream(stream)()));
    return (await Promise.all(read)).flat();
  });
  metrics.gauge("streamParkedKeys", () =>
    status().flatMap(({ stream, partitions }) =>
      named(
        stream,
        partitions.map((of) => ({ value: of.parkedKeys, attributes: partitionAttributes(of) })),
      ),
    ),
  );
  metrics.gauge("streamHaltedPartitions", () => status().flatMap(haltedOf));
}

/** How streams are doing, for people. */
export function streamDetails(status: readonly StreamStatus[]): readonly Readonly<Record<string, unknown>>[] {
  return status.map(({ stream, missing, partitions, caughtUp }) => ({
    stream,
    partitions: partitions.length,
    caughtUp,
    taken: sum(partitions, "taken"),
    written: sum(partitions, "written"),
    deadLetters: sum(partitions, "deadLetters"),
    parkedKeys: sum(partitions, "parkedKeys"),
    ...(missing.length === 0 ? {} : { missingTopics: missing }),
    ...listed(
      "haltedPartitions",
      partitions.flatMap(({ topic, partition, halted }) =>
        halted === undefined ? [] : [{ topic, partition, code: halted.code, reason: halted.message }],
      ),
    ),
    ...listed(
      "waitingForCatalog",
      partitions.flatMap(({ topic, partition, waitingForCatalog }) =>
        waitingForCatalog === undefined ? [] : [{ topic, partition, ...waitingForCatalog }],
      ),
    ),
  }));
}

function haltedOf({ stream, partitions }: StreamStatus): readonly Sample[] {
  const byTopic = [...Map.groupBy(partitions, ({ topic }) => topic)];
  const samples = byTopic.map(([topic, some]) => ({
    value: some.filter(({ halted }) => halted !== undefined).length,
    attributes: topicAttributes(topic),
  }));
  return named(stream, samples);
}

function named(stream: string, samples: readonly Sample[]): readonly Sample[] {
  return samples.map(({ value, attributes }) => ({ value, attributes: { ...attributes, [ATTRIBUTE.stream]: stream } }));
}

function sum(
  partitions: readonly StreamPartitionStatus[],
  count: "taken" | "written" | "deadLetters" | "parkedKeys",
): number {
  return partitions.reduce((total, of) => total + of[count], 0);
}

function listed(name: string, list: readonly object[]): Readonly<Record<string, unknown>> {
  return list.length === 0 ? {} : { [name]: list };
}
