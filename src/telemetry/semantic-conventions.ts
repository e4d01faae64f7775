import type { TopicPartition } from "../model/position.ts";

/**
 * The names that OpenTelemetry's semantic conventions give to what EventQL measures. They are copied from
 * `@opentelemetry/semantic-conventions/incubating`, as that package advises: that entry point may change in any release.
 */
export const ATTRIBUTE = {
  errorType: "error.type",
  messagingSystem: "messaging.system",
  operationName: "messaging.operation.name",
  operationType: "messaging.operation.type",
  destination: "messaging.destination.name",
  partition: "messaging.destination.partition.id",
  messageId: "messaging.message.id",
  messageCount: "messaging.batch.message_count",
  kafkaOffset: "messaging.kafka.offset",
  graphqlOperation: "graphql.operation.type",
  cpuMode: "cpu.mode",
  heapSpace: "v8js.heap.space.name",
  /** Ours: a root field of the GraphQL schema. */
  graphqlField: "eventql.graphql.field",
  /** Ours: a stream of the configuration. */
  stream: "eventql.stream.name",
  /** Ours: a projection in code. */
  projection: "eventql.projection.name",
  /** Ours: the CloudEvents ids of a batch's events. */
  eventIds: "eventql.event.ids",
  /** Ours: whether a batch was committed, or left to another process. */
  committed: "eventql.projection.committed",
} as const;

/** What goes with a measurement or a span. */
export type Attributes = Readonly<Record<string, string | number>>;

/** A topic as the conventions name it. */
export function topicAttributes(topic: string): Attributes {
  return { [ATTRIBUTE.destination]: topic };
}

/** A partition as the conventions name it: its number as text. */
export function partitionAttributes({ topic, partition }: TopicPartition): Attributes {
  return { [ATTRIBUTE.destination]: topic, [ATTRIBUTE.partition]: String(partition) };
}
