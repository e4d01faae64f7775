import type { Kafka } from "kafkajs";
import { abortedAmong } from "./aborted-records.ts";
import {
  type FetchBroker,
  type FetchCluster,
  type FetchedPartition,
  clusterFactoryOf,
  isFetchCluster,
  unknownRelease,
} from "./fetch-cluster.ts";

/**
 * Makes a client's consumers pass over the records of all aborted transactions. kafkajs' own filter takes these to follow one
 * another: where those of several producers overlap in a partition, it delivers records that were never committed. Here they
 * are marked as what consumers move past in silence, as they do past the markers of transactions.
 */
export function passAborted(kafka: Kafka): Kafka {
  const { symbol, create } = clusterFactoryOf(kafka);
  const patched = (...options: unknown[]): unknown => {
    const cluster: unknown = Reflect.apply(create, kafka, options);
    if (!isFetchCluster(cluster)) throw unknownRelease();
    patchCluster(cluster);
    return cluster;
  };
  Reflect.set(kafka, symbol, patched);
  return kafka;
}

const patchedBrokers = new WeakSet<FetchBroker>();

function patchCluster(cluster: FetchCluster): void {
  const findBroker = cluster.findBroker.bind(cluster);
  Reflect.set(cluster, "findBroker", async (of: Parameters<FetchCluster["findBroker"]>[0]) => {
    const broker = await findBroker(of);
    patchBroker(broker);
    return broker;
  });
}

function patchBroker(broker: FetchBroker): void {
  if (patchedBrokers.has(broker)) return;
  patchedBrokers.add(broker);
  const fetch = broker.fetch.bind(broker);
  Reflect.set(broker, "fetch", async (request: Parameters<FetchBroker["fetch"]>[0]) => {
    const answer = await fetch(request);
    const responses = answer.responses.map((topic) => ({ ...topic, partitions: topic.partitions.map(withoutAborted) }));
    return { ...answer, responses };
  });
}

/** What was aborted is there still, so that the consumer's position moves past it. */
function withoutAborted<T extends FetchedPartition>(partition: T): T {
  const aborted = abortedAmong(partition);
  if (aborted.size === 0) return partition;
  const messages = partition.messages.map((message) =>
    aborted.has(message) ? { ...message, isControlRecord: true } : message,
  );
  return { ...partition, messages, abortedTransactions: [] };
}
