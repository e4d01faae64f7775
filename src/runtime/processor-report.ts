import type { Processor } from "../command/processor/processor.ts";
import type { CommandsStatus } from "../command/processor/partition-status.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { lagOf } from "../projector/lag.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { topicAttributes } from "../telemetry/semantic-conventions.ts";

/** How the processor of a process is doing; where there is none, nothing is wrong. */
export interface ProcessorReport {
  /** Whether it has once decided all commands of its partitions. */
  caughtUp(): boolean;
  /** For people; undefined: there is no processor. */
  details(): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** Has the state of a processor's partitions read whenever metrics, or people, ask for it. */
export function reportProcessor(
  metrics: Metrics,
  log: Pick<EventLog, "offsets">,
  processor: () => Processor | undefined,
): ProcessorReport {
  const status = (): readonly CommandsStatus[] => processor()?.status() ?? [];
  const owned = (): readonly CommandsStatus[] => status().filter(({ owner }) => owner);
  const lag = lagOf({ log, status: owned });
  metrics.gauge("commandLag", lag);
  metrics.gauge("ownedPartitions", () =>
    [...Map.groupBy(owned(), ({ topic }) => topic)].map(([topic, partitions]) => ({
      value: partitions.length,
      attributes: topicAttributes(topic),
    })),
  );
  let wasCaughtUp = false;
  return {
    caughtUp: () => (wasCaughtUp ||= processor()?.caughtUp() ?? true),
    async details() {
      const running = processor();
      if (running === undefined) return undefined;
      return {
        ownedPartitions: owned().length,
        lag: (await lag()).reduce((sum, { value }) => sum + value, 0),
        missingTopics: running.missing(),
        haltedPartitions: status().flatMap(({ topic, partition, halted }) =>
          halted === undefined ? [] : [{ topic, partition, code: halted.code, reason: halted.message }],
        ),
      };
    },
  };
}
