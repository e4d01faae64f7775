import type { Kafka } from "kafkajs";
import { EventQLError } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";
import { disconnect } from "./client.ts";
import { closed, protocolErrorOf, topicNotFound } from "./failures.ts";
import { createFetchCluster, type FetchCluster, READ_COMMITTED } from "./fetch-cluster.ts";
import { type Fetched, toFetched } from "./fetched.ts";

/** How a fetch is bounded. */
export interface FetchBounds {
  /** About the most bytes that are fetched at once. */
  readonly maxBytes: number;
  /** How long the broker may wait for records, in ms. Fetches of one reader wait for each other. */
  readonly maxWaitMs: number;
}

/** No replica: a consumer. */
const CONSUMER = -1;

/** Reads partitions at any position, in no consumer group. It connects when it is first used, and anew after a failure. */
export class PartitionReader {
  readonly #kafka: Kafka;
  #cluster: Promise<FetchCluster> | undefined;
  #closed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /**
   * Fetches what a partition has from an offset on.
   * @throws EventQLError `TOPIC_NOT_FOUND`; and whatever kafkajs throws, of which most helps to try again
   */
  async fetch(of: TopicPartition, from: number, bounds: FetchBounds): Promise<Fetched> {
    if (this.#closed) throw closed();
    const cluster = (this.#cluster ??= this.#connect());
    try {
      return await fetchFrom(await cluster, of, from, bounds);
    } catch (error) {
      if (this.#cluster === cluster) void this.#drop();
      throw protocolErrorOf(error) === "UNKNOWN_TOPIC_OR_PARTITION" ? topicNotFound(of.topic) : error;
    }
  }

  /** Disconnects; fetches under way fail, and later ones are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #connect(): Promise<FetchCluster> {
    const cluster = createFetchCluster(this.#kafka);
    try {
      await cluster.connect();
    } catch (error) {
      await disconnect(cluster);
      throw error;
    }
    return cluster;
  }

  async #drop(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await disconnect({
      disconnect: async () => {
        const connected = await cluster;
        await connected?.disconnect();
      },
    });
  }
}

async function fetchFrom(
  cluster: FetchCluster,
  of: TopicPartition,
  from: number,
  { maxBytes, maxWaitMs }: FetchBounds,
): Promise<Fetched> {
  const { topic, partition } = of;
  await cluster.addTargetTopic(topic);
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw notLed(of);
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.fetch({
    replicaId: CONSUMER,
    isolationLevel: READ_COMMITTED,
    maxWaitTime: maxWaitMs,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes }] }],
  });
  const fetched = responses[0]?.partitions[0];
  if (fetched === undefined) throw notLed(of);
  return toFetched(of, from, fetched);
}

function notLed({ topic, partition }: TopicPartition): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `Partition ${partition} of topic "${topic}" has no leader in Kafka now.`,
    { details: { topic, partition } },
  );
}
