import type { IHeaders, Kafka } from "kafkajs";
import { EventQLError } from "../../errors.ts";

/** A record as it was fetched, a marker or an aborted one too. */
export interface FetchedMessage {
  readonly offset: string;
  /** In ms since 1970-01-01 UTC. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  readonly isControlRecord?: boolean;
  /** What its batch says of it; records of before Kafka 0.11 have none. */
  readonly batchContext?: {
    readonly firstOffset: string;
    readonly lastOffsetDelta: number;
    readonly producerId: string;
    readonly inTransaction: boolean;
  };
}

/** What was fetched of a partition. */
export interface FetchedPartition {
  readonly highWatermark: string;
  readonly lastStableOffset?: string;
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  readonly messages: readonly FetchedMessage[];
}

/** What is asked of a broker. */
export interface FetchRequest {
  readonly replicaId: number;
  readonly isolationLevel: number;
  /** How long the broker may wait for something to answer with, in ms. */
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

/** A broker's connection. */
export interface FetchBroker {
  fetch(
    request: FetchRequest,
  ): Promise<{ readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[] }>;
}

/** The connections to a Kafka cluster. */
export interface FetchCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Loads a topic's metadata. Rejects where it does not exist. */
  addTargetTopic(topic: string): Promise<void>;
  /** The partitions that there are, by the id of their leader. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findBroker(of: { readonly nodeId: string }): Promise<FetchBroker>;
}

const CREATE_CLUSTER = "private:Kafka:createCluster";
const METHODS = ["connect", "disconnect", "addTargetTopic", "findLeaderForPartitions", "findBroker"] as const;

/** Kafka's isolation level `read_committed`: a partition ends at its last stable offset. */
export const READ_COMMITTED = 1;

/**
 * The connections that kafkajs' own consumers fetch through. kafkajs reads by consumer groups alone, and to join one
 * takes seconds (the broker's `group.initial.rebalance.delay.ms` is 3,000 unless it is set otherwise), so this takes
 * what is not meant for others: it is checked for being what is expected, and kafkajs has not changed since 2023.
 */
export function createFetchCluster(kafka: Kafka): FetchCluster {
  const { create } = clusterFactoryOf(kafka);
  const cluster: unknown = Reflect.apply(create, kafka, [
    { metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED },
  ]);
  if (isFetchCluster(cluster)) return cluster;
  throw unknownRelease();
}

/** What makes the connections of a client's own consumers, and where the client has it. */
export function clusterFactoryOf(kafka: Kafka): {
  readonly symbol: symbol;
  readonly create: (...options: unknown[]) => unknown;
} {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const create: unknown = symbol && Reflect.get(kafka, symbol);
  if (symbol === undefined || !isFunction(create)) throw unknownRelease();
  return { symbol, create };
}

/** That the connections are other than they were. */
export function unknownRelease(): EventQLError {
  return new EventQLError(
    "INTERNAL",
    "This release of kafkajs can't be read from as is needed: install kafkajs 2.2.4.",
  );
}

function isFunction(value: unknown): value is (...options: unknown[]) => unknown {
  return typeof value === "function";
}

/** Whether it is what connections to a cluster are expected to be. */
export function isFetchCluster(value: unknown): value is FetchCluster {
  return (
    typeof value === "object" &&
    value !== null &&
    METHODS.every((method) => typeof Reflect.get(value, method) === "function")
  );
}
