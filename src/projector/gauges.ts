import type { EventLog } from "../event-log/event-log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type Attributes, topicAttributes } from "../telemetry/semantic-conventions.ts";
import { lagOf, projectionAttributes, statusAttributes } from "./lag.ts";
import type { PartitionStatus } from "./partition-status.ts";

/** Has the state of a projector's partitions read whenever metrics are: lag, parked keys, halted partitions. */
export function gaugeProjector(
  metrics: Metrics,
  log: Pick<EventLog, "offsets">,
  projector: { status(): readonly PartitionStatus[] },
): void {
  const status = (): readonly PartitionStatus[] => projector.status();
  metrics.gauge("consumerLag", lagOf({ log, status }));
  metrics.gauge("parkedKeys", () => status().map((of) => ({ value: of.parkedKeys, attributes: statusAttributes(of) })));
  metrics.gauge("haltedPartitions", () =>
    [...Map.groupBy(status(), ({ topic, projection = "" }) => `${topic} ${projection}`).values()].map((partitions) => ({
      value: partitions.filter(({ halted }) => halted !== undefined).length,
      attributes: ofTopic(partitions[0]),
    })),
  );
}

function ofTopic(of: PartitionStatus | undefined): Attributes {
  return of === undefined ? {} : { ...topicAttributes(of.topic), ...projectionAttributes(of) };
}
