import type { EventLog, OwnerCommit, PartitionOwner } from "../../event-log/event-log.ts";
import { partitionOf } from "../../event-log/partition.ts";
import type { TargetTopics } from "../target-topics.ts";
import type { Chunk, OutboxPlace } from "./outbox.ts";

/** What publishing a group needs. */
export interface GroupServices {
  readonly log: Pick<EventLog, "takeOver">;
  readonly targets: TargetTopics;
  /** What the owners are called, and the consumer group whose positions say what is published. */
  readonly owner: string;
  readonly place: OutboxPlace;
}

/**
 * Publishes chunks that go together in one transaction with the position behind them.
 * @throws EventQLError what {@link PartitionOwner.commit} does; `TOPIC_NOT_FOUND`.
 */
export async function publishGroup(
  services: GroupServices,
  owner: PartitionOwner,
  group: readonly Chunk[],
  next: number,
): Promise<void> {
  const records = await recordsOf(services, group);
  const late = group.find((chunk) => chunk.late > 0);
  if (late === undefined) await owner.commit({ records, next });
  else await publishLate(services, late, records);
}

/**
 * The position in the input doesn't tell whether late ones are published: those have owners of their own, whose position
 * counts them.
 */
async function publishLate(
  { log, owner: name, place }: GroupServices,
  { late }: Chunk,
  records: OwnerCommit["records"],
): Promise<void> {
  const owner = await log.takeOver({ name: `${name}-late`, input: place.of });
  try {
    if ((owner.next ?? 0) <= late) await owner.commit({ records, next: late + 1 });
  } finally {
    await owner.release();
  }
}

/** The offsets of outputs are those of what they were made from, not where they must land. */
async function recordsOf({ targets }: GroupServices, group: readonly Chunk[]): Promise<OwnerCommit["records"]> {
  const outputs = group.flatMap((chunk) => chunk.outputs);
  const counts = await targets.counts(outputs);
  return outputs.map(({ topic, key, value, headers }) => {
    return { topic, partition: partitionOf(Buffer.from(key), counts.get(topic) ?? 1), key, value, headers };
  });
}
