/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Where a record stands in the log. Offsets are safe integers, counted from 0. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

/** A stable text for a partition, used as an identifier: `topic/partition`. */
export function partitionId({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A stable text for a position, used as an identifier: `topic/partition/offset`. */
export function positionId({ topic, partition, offset }: Position): string {
  return `${topic}/${partition}/${offset}`;
}
