import type { GaugeName } from "./metrics.ts";
import { ATTRIBUTE } from "./semantic-conventions.ts";

/** What something is measured by. */
export interface Instrument {
  /** As OpenTelemetry has it. */
  readonly name: string;
  readonly kind: "counter" | "up-down counter" | "gauge" | "histogram";
  /** UCUM; in braces, what is counted. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const { destination, partition, errorType, messagingSystem, operationName, operationType } = ATTRIBUTE;
const { graphqlOperation, graphqlField, stream } = ATTRIBUTE;

/** The conventions' buckets of durations, in seconds, and three below them: an append may take half a millisecond. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const BATCH_SIZES = [1, 5, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000];

/** What EventQL measures of its own work. */
type InstrumentName =
  | GaugeName
  | "appendDuration"
  | "batchDuration"
  | "batchSize"
  | "catalogRefreshes"
  | "commandBatchSize"
  | "commandDuration"
  | "commandLoadDuration"
  | "commands"
  | "deadLetters"
  | "deliveries"
  | "graphqlDuration"
  | "projectedEvents"
  | "streamDeadLetters"
  | "streamDuration"
  | "streamEvents"
  | "streamWrites"
  | "subscriptions";

/** Everything that EventQL measures of its own work; of the process it runs in, see `process-metrics.ts`. */
export const INSTRUMENTS: Readonly<Record<InstrumentName, Instrument>> = {
  appendDuration: {
    name: "messaging.client.operation.duration",
    kind: "histogram",
    unit: "s",
    description: "How long appends took, from the call until the event was durable or the append had failed.",
    attributes: [messagingSystem, operationName, operationType, destination, errorType],
    buckets: DURATIONS,
  },
  batchDuration: {
    name: "messaging.process.duration",
    kind: "histogram",
    unit: "s",
    description: "How long committed batches took, from the first fold to the commit's acknowledgement.",
    attributes: [messagingSystem, operationName, operationType, destination],
    buckets: DURATIONS,
  },
  batchSize: {
    name: "eventql.projection.batch.size",
    kind: "histogram",
    unit: "{event}",
    description: "Events of committed batches.",
    attributes: [destination],
    buckets: BATCH_SIZES,
  },
  projectedEvents: {
    name: "eventql.projection.events",
    kind: "counter",
    unit: "{event}",
    description: "Events that committed batches passed, those set aside included.",
    attributes: [destination, partition],
  },
  deadLetters: {
    name: "eventql.projection.dead_letters",
    kind: "counter",
    unit: "{event}",
    description: "Events set aside, by why; KEY_PARKED waits for an earlier one of its key.",
    attributes: [destination, partition, errorType],
  },
  streamEvents: {
    name: "eventql.stream.events",
    kind: "counter",
    unit: "{event}",
    description: "Events that streams have taken, those set aside included.",
    attributes: [stream, destination, partition],
  },
  streamWrites: {
    name: "eventql.stream.writes",
    kind: "counter",
    unit: "{event}",
    description: "Events that streams have written.",
    attributes: [stream, destination, partition],
  },
  streamDeadLetters: {
    name: "eventql.stream.dead_letters",
    kind: "counter",
    unit: "{event}",
    description: "Events that streams have set aside, by why; KEY_PARKED waits for an earlier one of its key.",
    attributes: [stream, destination, partition, errorType],
  },
  streamDuration: {
    name: "eventql.stream.batch.duration",
    kind: "histogram",
    unit: "s",
    description: "How long streams took for a part of a batch, from its first step until what it led to was written.",
    attributes: [stream, destination],
    buckets: DURATIONS,
  },
  streamLag: {
    name: "eventql.stream.lag",
    kind: "gauge",
    unit: "{event}",
    description: "Offsets between streams and the log's end, of the partitions of this process.",
    attributes: [stream, destination, partition],
  },
  streamParkedKeys: {
    name: "eventql.stream.parked_keys",
    kind: "gauge",
    unit: "{key}",
    description: "Keys whose events wait behind a dead letter of a stream.",
    attributes: [stream, destination, partition],
  },
  streamHaltedPartitions: {
    name: "eventql.stream.halted_partitions",
    kind: "gauge",
    unit: "{partition}",
    description: "Partitions of streams that go no further until somebody acts: the log and /readyz say why.",
    attributes: [stream, destination],
  },
  commands: {
    name: "eventql.command.commands",
    kind: "counter",
    unit: "{command}",
    description: "Commands that were decided; with an error type those refused, REPEATED those decided before.",
    attributes: [destination, partition, errorType],
  },
  commandDuration: {
    name: "eventql.command.batch.duration",
    kind: "histogram",
    unit: "s",
    description: "How long committed batches of commands took, from reading states to the commit's acknowledgement.",
    attributes: [destination],
    buckets: DURATIONS,
  },
  commandBatchSize: {
    name: "eventql.command.batch.size",
    kind: "histogram",
    unit: "{command}",
    description: "Commands of committed batches.",
    attributes: [destination],
    buckets: BATCH_SIZES,
  },
  commandLoadDuration: {
    name: "eventql.command.load.duration",
    kind: "histogram",
    unit: "s",
    description: "How long taking a partition of commands over took, until its next command could be decided.",
    attributes: [destination],
    buckets: DURATIONS,
  },
  consumerLag: {
    name: "eventql.projection.lag",
    kind: "gauge",
    unit: "{event}",
    description: "Offsets between the projection and the log's end, of the partitions of this process.",
    attributes: [destination, partition],
  },
  parkedKeys: {
    name: "eventql.projection.parked_keys",
    kind: "gauge",
    unit: "{key}",
    description: "Keys whose events wait behind a dead letter.",
    attributes: [destination, partition],
  },
  haltedPartitions: {
    name: "eventql.projection.halted_partitions",
    kind: "gauge",
    unit: "{partition}",
    description: "Partitions that go no further until somebody acts: the log and /readyz say why.",
    attributes: [destination],
  },
  buildLag: {
    name: "eventql.projection.build.lag",
    kind: "gauge",
    unit: "{event}",
    description: "Offsets between builds that are to take the live one's place and the log's end.",
    attributes: [ATTRIBUTE.projection],
  },
  commandLag: {
    name: "eventql.command.lag",
    kind: "gauge",
    unit: "{command}",
    description: "Offsets between the decided commands and the log's end, of the partitions that this process owns.",
    attributes: [destination, partition],
  },
  ownedPartitions: {
    name: "eventql.command.owned_partitions",
    kind: "gauge",
    unit: "{partition}",
    description: "Partitions of commands that this process decides on.",
    attributes: [destination],
  },
  catalogGeneration: {
    name: "eventql.catalog.generation",
    kind: "gauge",
    unit: "{generation}",
    description: "The generation of the catalog in use: the same in all processes once they agree.",
    attributes: [],
  },
  catalogRefreshes: {
    name: "eventql.catalog.refreshes",
    kind: "counter",
    unit: "{refresh}",
    description: "Times that the registry was read anew; with an error type, the old catalog stayed.",
    attributes: [errorType],
  },
  graphqlDuration: {
    name: "eventql.graphql.operation.duration",
    kind: "histogram",
    unit: "s",
    description: "How long GraphQL operations took; with an error type where the result has errors.",
    attributes: [graphqlOperation, graphqlField, errorType],
    buckets: DURATIONS,
  },
  subscriptions: {
    name: "eventql.graphql.active_subscriptions",
    kind: "up-down counter",
    unit: "{subscription}",
    description: "Subscriptions that run.",
    attributes: [graphqlField],
  },
  deliveries: {
    name: "eventql.graphql.deliveries",
    kind: "counter",
    unit: "{result}",
    description: "Results that were sent to subscribers.",
    attributes: [graphqlField],
  },
};
