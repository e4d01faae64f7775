import type { EventLog, OffsetRange } from "../event-log/event-log.ts";
import { EventQLError } from "../errors.ts";
import type { Sample } from "../telemetry/metrics.ts";
import { ATTRIBUTE, type Attributes, partitionAttributes } from "../telemetry/semantic-conventions.ts";
import type { PartitionStatus } from "./partition-status.ts";

/** How far a partition is read: the offset of its next record. */
export type ReadPartition = Pick<PartitionStatus, "topic" | "partition" | "next" | "projection">;

/** What lag is told of, and by. */
export interface LagOptions {
  readonly log: Pick<EventLog, "offsets">;
  /** The partitions of this process. */
  readonly status: () => readonly ReadPartition[];
  /** How long, in ms, the log's answer counts: scrapes don't become a load. Default 5,000. */
  readonly freshMs?: number;
  /** How long, in ms, the log may take to answer. Default 1,500. */
  readonly timeoutMs?: number;
}

type Offsets = readonly OffsetRange[];

/**
 * Reads how far each partition of this process is behind the log's end. A topic whose offsets the log doesn't tell in
 * time is left out.
 */
export function lagOf({
  log,
  status,
  freshMs = 5_000,
  timeoutMs = 1_500,
}: LagOptions): () => Promise<readonly Sample[]> {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<Offsets> }>();
  const offsetsOf = async (topic: string): Promise<Offsets> => {
    const known = asked.get(topic);
    if (known !== undefined && performance.now() - known.at < freshMs) return await within(timeoutMs, known.answer);
    const answer = log.offsets(topic);
    asked.set(topic, { at: performance.now(), answer });
    return await within(timeoutMs, answer);
  };
  return async () => {
    const byTopic = Map.groupBy(status(), ({ topic }) => topic);
    const read = [...byTopic].map(async ([topic, partitions]) => lagsOf(partitions, await offsetsOf(topic)));
    const results = await Promise.allSettled(read);
    return results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  };
}

function lagsOf(partitions: readonly ReadPartition[], offsets: Offsets): readonly Sample[] {
  return partitions.flatMap((of) => {
    const range = offsets[of.partition];
    // Before its first batch a partition stands where the log begins, not at 0.
    if (range === undefined) return [];
    return [{ value: Math.max(0, range.high - Math.max(of.next, range.low)), attributes: statusAttributes(of) }];
  });
}

/** What goes with a measurement of a partition of a projection. */
export function statusAttributes(of: Omit<ReadPartition, "next">): Attributes {
  return { ...partitionAttributes(of), ...projectionAttributes(of) };
}

/** Tells projections in code apart from each other, and from their topics' own aggregates. */
export function projectionAttributes({ projection }: Pick<ReadPartition, "projection">): Attributes {
  return projection === undefined ? {} : { [ATTRIBUTE.projection]: projection };
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new EventQLError("EVENT_LOG_UNAVAILABLE", `The event log did not tell its offsets within ${ms} ms.`));
  }, ms);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
