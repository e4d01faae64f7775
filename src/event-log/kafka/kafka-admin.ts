import kafkajs, { type Admin, type Kafka } from "kafkajs";
import pRetry from "p-retry";
import { isEventQLError } from "../../errors.ts";
import type { OffsetRange, TopicDescription } from "../event-log.ts";
import { DEFAULT_MAX_BYTES } from "../record-size.ts";
import { createTopic, type KafkaTopicSpec, partitionCount } from "./create-topic.ts";
import { closed, protocolErrorOf, topicNotFound, unavailable } from "./failures.ts";

/** What Kafka says of a topic. */
export interface TopicSettings extends TopicDescription {
  /** The largest record batch, in bytes. */
  readonly maxMessageBytes: number;
}

/** Of a topic just made, and while another broker takes over. kafkajs doesn't ask anew by itself. */
const LEADER_MOVED: ReadonlySet<string | undefined> = new Set([
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
]);
/** Of groups on a broker that just started, and while another one takes over. */
const COORDINATOR_MOVED: ReadonlySet<string | undefined> = new Set([
  "GROUP_LOAD_IN_PROGRESS",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR_FOR_GROUP",
]);
const LATE = Symbol("late");
const CONFIG_NAMES = ["cleanup.policy", "retention.ms", "max.message.bytes"];

/** Administrative requests: each bounded in time, on one connection that is made anew after a failure. */
export class KafkaAdmin {
  readonly #kafka: Kafka;
  readonly #brokers: readonly string[];
  readonly #timeoutMs: number;
  #connection: Promise<Admin> | undefined;
  /** Settles when the last request is over. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(kafka: Kafka, brokers: readonly string[], timeoutMs: number) {
    this.#kafka = kafka;
    this.#brokers = brokers;
    this.#timeoutMs = timeoutMs;
  }

  /** The settings of those of the topics that exist. */
  async settings(names: readonly string[]): Promise<TopicSettings[]> {
    const found = await this.#use(async (admin) => {
      const counted = await Promise.all([...new Set(names)].map((name) => partitionCount(admin, name)));
      const existing = counted.flatMap((topic) => topic ?? []);
      if (existing.length === 0) return [];
      const configs = await describeConfigs(
        admin,
        existing.map(({ name }) => name),
      );
      const { clusterId: log } = await admin.describeCluster();
      return existing.map((topic) => ({ ...topic, ...toSettings(configs.get(topic.name)), log }));
    });
    return found;
  }

  /** Makes the topics that don't exist. Kafka's own settings hold where a spec is silent. */
  async createTopics(specs: readonly KafkaTopicSpec[]): Promise<void> {
    await this.#use(async (admin) => {
      const counted = await Promise.all(specs.map(({ name }) => partitionCount(admin, name)));
      await Promise.all(
        specs.filter((_, index) => counted[index] === undefined).map((spec) => createTopic(admin, spec)),
      );
    });
  }

  /**
   * The offsets of each partition. `high` is the last stable offset: records of transactions under way are beyond it.
   * @throws EventQLError `TOPIC_NOT_FOUND`
   */
  offsets(topic: string): Promise<OffsetRange[]> {
    // Each attempt after a failure has a new connection, and so learns of the new leaders.
    return pRetry(async () => await this.#readOffsets(topic), {
      retries: 5,
      minTimeout: 50,
      shouldRetry: ({ error }) => LEADER_MOVED.has(protocolErrorOf(error)),
    });
  }

  /** The committed offsets of a group, by partition number; undefined: none. The topic exists. */
  async committed(group: string, topic: string): Promise<(number | undefined)[]> {
    const ask = async (): Promise<Awaited<ReturnType<Admin["fetchOffsets"]>>> =>
      await this.#use((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    const [found] = await pRetry(ask, {
      retries: 10,
      minTimeout: 50,
      maxTimeout: 1_000,
      shouldRetry: ({ error }) => COORDINATOR_MOVED.has(protocolErrorOf(error)),
    });
    const offsets: (number | undefined)[] = [];
    for (const { partition, offset } of found?.partitions ?? [])
      offsets[partition] = Number(offset) < 0 ? undefined : Number(offset);
    return offsets;
  }

  /** Removes a consumer group that has no members. @throws EventQLError `EVENT_LOG_UNAVAILABLE` where it can't be. */
  async deleteGroup(group: string): Promise<void> {
    await this.#use(async (admin) => {
      try {
        await admin.deleteGroups([group]);
      } catch (error) {
        // The broker has answered: others may go on using the connection.
        if (error instanceof kafkajs.KafkaJSDeleteGroupsError) throw unavailable(this.#brokers, error);
        throw error;
      }
    });
  }

  /** Resolves when a broker answers. */
  async ping(): Promise<void> {
    await this.#use((admin) => admin.describeCluster());
  }

  /** Disconnects; later requests are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await disconnect(this.#drop());
  }

  #readOffsets(topic: string): Promise<OffsetRange[]> {
    return this.#use(async (admin) => {
      // Asked first: a topic that doesn't exist would stay among those that the connection refreshes.
      if ((await partitionCount(admin, topic)) === undefined) throw topicNotFound(topic);
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
    });
  }

  async #use<T>(run: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw closed();
    const used = { connection: (this.#connection ??= this.#connect()) };
    const request = async (): Promise<T> => {
      if (this.#closed) throw closed();
      used.connection = this.#connection ??= this.#connect();
      return await run(await used.connection);
    };
    try {
      return await withTimeout(this.#inTurn(request), this.#timeoutMs);
    } catch (error) {
      if (isEventQLError(error)) throw error;
      if (this.#connection === used.connection) void disconnect(this.#drop());
      throw error === LATE
        ? unavailable(this.#brokers, `no answer within ${this.#timeoutMs} ms`)
        : unavailable(this.#brokers, error);
    }
  }

  /** One at a time: a kafkajs connection knows the topics that were asked for last, and no others. */
  async #inTurn<T>(request: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await request();
    } finally {
      resolve();
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }

  #drop(): Promise<Admin> | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    return connection;
  }
}

async function describeConfigs(admin: Admin, names: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: CONFIG_NAMES })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

function toSettings(config: ReadonlyMap<string, string> | undefined): Omit<TopicSettings, "name" | "partitions"> {
  const retentionMs = Number(config?.get("retention.ms") ?? -1);
  const policies = new Set((config?.get("cleanup.policy") ?? "delete").split(","));
  return {
    compacted: policies.has("compact"),
    // Retention is in force only where the policy deletes.
    retentionMs: policies.has("delete") && retentionMs >= 0 ? retentionMs : undefined,
    maxMessageBytes: Number(config?.get("max.message.bytes") ?? DEFAULT_MAX_BYTES),
  };
}

async function withTimeout<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(LATE), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function disconnect(connection: Promise<Admin> | undefined): Promise<void> {
  try {
    const admin = await connection;
    await admin?.disconnect();
  } catch {
    // It never was connected, or is already gone.
  }
}
