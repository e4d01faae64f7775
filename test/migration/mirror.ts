import { type Admin, Kafka, Partitioners, type Producer, logLevel } from "kafkajs";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";

/** How a partition is mirrored, so that its offsets become others. */
export interface MirrorOptions {
  /** Offsets that are taken first, by records of a transaction that is aborted. */
  readonly gap?: number;
  /** How many of the oldest records have expired before they were mirrored. */
  readonly expired?: number;
  /** Only so many records. */
  readonly count?: number;
  /** After so many records, the last two of them come once more: the mirror was interrupted there. */
  readonly again?: number;
}

/** Two clusters, of which the second gets what the first has: keys, values, headers and partitions, not offsets. */
export class Mirror {
  readonly from: EventLog;
  readonly to: EventLog;
  readonly #admins: readonly [Admin, Admin];
  readonly #producer: Producer;
  readonly #kafka: Kafka;

  private constructor(from: string, to: string) {
    const open = (brokers: string): EventLog =>
      createKafkaEventLog({ brokers: brokers.split(","), clientId: "mirror", logger: silentLogger });
    const client = (brokers: string): Kafka => new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
    this.from = open(from);
    this.to = open(to);
    this.#kafka = client(to);
    this.#admins = [client(from).admin(), this.#kafka.admin()];
    this.#producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  }

  static async open(from: string, to: string): Promise<Mirror> {
    const mirror = new Mirror(from, to);
    await Promise.all([...mirror.#admins.map((admin) => admin.connect()), mirror.#producer.connect()]);
    return mirror;
  }

  /** The topics of the first cluster whose names have a text in them. */
  async topics(text: string): Promise<readonly string[]> {
    const all = await this.#admins[0].listTopics();
    return all.filter((name) => name.includes(text)).sort();
  }

  /** Makes topics as the first cluster has them. */
  async create(names: readonly string[]): Promise<void> {
    const topics = await this.from.describeTopics(names);
    await this.to.createTopics(topics.map(({ name, partitions }) => ({ name, partitions })));
  }

  /** Begins to mirror a topic anew. */
  async recreate(topic: string): Promise<void> {
    await this.#admins[1].deleteTopics({ topics: [topic] });
    await this.create([topic]);
  }

  /** Mirrors a partition from its beginning. */
  async copy(topic: string, partition: number, options: MirrorOptions = {}): Promise<void> {
    const { gap = 0, expired = 0, again = 0 } = options;
    if (gap > 0) await this.#leaveGap(topic, partition, gap);
    const all = await readAll(this.from, topic, partition);
    const kept = all.slice(expired, options.count === undefined ? undefined : expired + options.count);
    const cut = Math.max(0, again - expired);
    const records =
      again === 0 ? kept : [...kept.slice(0, cut), ...kept.slice(Math.max(0, cut - 2), cut), ...kept.slice(cut)];
    if (records.length > 0) await this.#producer.send({ topic, messages: records.map(messageOf) });
  }

  /** Deletes the topics of the first cluster, and disconnects. */
  async close(topics: readonly string[]): Promise<void> {
    await this.#admins[0].deleteTopics({ topics: [...topics] });
    await Promise.all([...this.#admins.map((admin) => admin.disconnect()), this.#producer.disconnect()]);
    await Promise.all([this.from.close(), this.to.close()]);
  }

  async #leaveGap(topic: string, partition: number, count: number): Promise<void> {
    const producer = this.#kafka.producer({
      transactionalId: `gap-${topic}-${partition}`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({
      topic,
      messages: Array.from({ length: count }, () => ({ partition, key: "gap", value: "" })),
    });
    await transaction.abort();
    await producer.disconnect();
  }
}

/** All records of a partition, as whoever reads what is committed sees them. */
export async function readAll(log: EventLog, topic: string, partition: number): Promise<readonly LogRecord[]> {
  const { low, high } = (await log.offsets(topic))[partition] ?? { low: 0, high: 0 };
  const records: LogRecord[] = [];
  for (let from = low; from < high;) {
    const part = await log.readRange({ topic, partition, from, until: high });
    records.push(...part.records);
    from = part.next;
  }
  return records;
}

function messageOf({ partition, key, value, headers, timestamp }: LogRecord) {
  const bytes = (of: Uint8Array | null): Buffer | null => (of === null ? null : Buffer.from(of));
  return { partition, key: bytes(key), value: bytes(value), headers: { ...headers }, timestamp: String(timestamp) };
}
