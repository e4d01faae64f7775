import type { Admin } from "kafkajs";
import pRetry from "p-retry";
import { EventQLError } from "../../errors.ts";
import type { TopicSpec } from "../event-log.ts";
import { protocolErrorOf, refusalsOf } from "./failures.ts";

const UNKNOWN_TOPIC: ReadonlySet<string | undefined> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "INVALID_TOPIC_EXCEPTION",
]);
/** How often the brokers are asked for a topic that was just made, and ms between. */
const KNOWN_ATTEMPTS = 30;
const KNOWN_PAUSE_MS = 100;

/** How many partitions a topic has; undefined where it doesn't exist. */
export async function partitionCount(
  admin: Admin,
  name: string,
): Promise<{ name: string; partitions: number } | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const partitions = topics[0]?.partitions.length ?? 0;
    return partitions === 0 ? undefined : { name, partitions };
  } catch (error) {
    if (UNKNOWN_TOPIC.has(protocolErrorOf(error))) return undefined;
    throw error;
  }
}

/** A topic to make in Kafka. */
export interface KafkaTopicSpec extends TopicSpec {
  /** Further settings of Kafka's. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Makes a topic. Kafka's own settings hold where the spec is silent.
 * @throws EventQLError `TOPIC_UNSUITABLE` where Kafka refuses.
 */
export async function createTopic(
  admin: Admin,
  { name, partitions, compacted = false, retentionMs, config = {} }: KafkaTopicSpec,
): Promise<void> {
  const policies = [...(compacted ? ["compact"] : []), ...(compacted && retentionMs === undefined ? [] : ["delete"])];
  try {
    await admin.createTopics({
      topics: [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor: -1,
          configEntries: [
            { name: "cleanup.policy", value: policies.join(",") },
            { name: "retention.ms", value: String(retentionMs ?? -1) },
            ...Object.entries(config).map(([name, value]) => ({ name, value })),
          ],
        },
      ],
    });
  } catch (error) {
    // kafkajs waits for the topic's leaders, but gives up where the broker that it asks doesn't know the topic yet.
    if (UNKNOWN_TOPIC.has(protocolErrorOf(error))) return await untilKnown(admin, name, error);
    const reasons = refusalsOf(error);
    if (reasons === undefined) throw error;
    throw new EventQLError("TOPIC_UNSUITABLE", `Kafka refuses to make topic "${name}": ${reasons}.`, {
      cause: error,
      details: { topic: name },
    });
  }
}

async function untilKnown(admin: Admin, name: string, cause: unknown): Promise<void> {
  const ask = async (): Promise<void> => {
    if ((await partitionCount(admin, name)) === undefined) throw cause;
  };
  await pRetry(ask, { retries: KNOWN_ATTEMPTS, minTimeout: KNOWN_PAUSE_MS, factor: 1 });
}
