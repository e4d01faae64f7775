import { type Kafka, type Message, Partitioners, type Producer } from "kafkajs";
import { EventQLError, messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { tooLarge } from "../record-size.ts";
import type { LaneSender } from "./append-lane.ts";
import { disconnect } from "./client.ts";
import { protocolErrorOf } from "./failures.ts";
import type { LanePart, PendingAppend } from "./lane-batch.ts";

/** What a sender needs. */
export interface SenderOptions {
  readonly kafka: Kafka;
  readonly logger: Logger;
  /** How long the broker may take to replicate a batch, in ms. */
  readonly replicationTimeoutMs: number;
  /** Reads the end of a topic. */
  readonly readEnd: (topic: string) => Promise<unknown>;
}

/** Refusals that stand as long as nothing else changes, and of which it is certain that nothing was written. */
const REFUSED: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "POLICY_VIOLATION",
]);

/** Sends batches with one idempotent kafkajs producer at a time. */
export class KafkaSender implements LaneSender {
  readonly #options: SenderOptions;
  readonly #unread = new Set<string>();
  #producer: Producer | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async ready(): Promise<void> {
    if (this.#producer !== undefined) return;
    const producer = this.#options.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    try {
      await producer.connect();
      await this.#readEnds();
    } catch (error) {
      await disconnect(producer);
      throw error;
    }
    this.#producer = producer;
  }

  async send(parts: readonly LanePart[]): Promise<readonly (number | undefined)[]> {
    const producer = this.#producer;
    if (producer === undefined) throw new EventQLError("EVENT_LOG_UNAVAILABLE", "There is no producer to append with.");
    try {
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: this.#options.replicationTimeoutMs,
        topicMessages: toTopicMessages(parts),
      });
      const offsets = new Map(answers.map((answer) => [`${answer.partition}/${answer.topicName}`, answer.baseOffset]));
      return parts.map(({ topic, partition }) => toOffset(offsets.get(`${partition}/${topic}`)));
    } catch (error) {
      throw refusal(error, parts);
    }
  }

  async discard(parts: readonly LanePart[]): Promise<void> {
    for (const { topic } of parts) this.#unread.add(topic);
    await this.close();
  }

  /** Disconnects; the next {@link ready} connects again. */
  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await disconnect(producer);
  }

  async #readEnds(): Promise<void> {
    for (const topic of this.#unread) {
      const end = await this.#options.readEnd(topic);
      this.#options.logger.info({ topic, end }, "The log's end was read; appends go on with a new producer.");
      this.#unread.delete(topic);
    }
  }
}

function toTopicMessages(parts: readonly LanePart[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, partition, appends } of parts) {
    const messages = appends.map((append) => toMessage(append, partition));
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, messages);
    else known.push(...messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

function toMessage({ record }: PendingAppend, partition: number): Message {
  const { key, value, headers } = record;
  return { key, value: value && Buffer.from(value.buffer, value.byteOffset, value.byteLength), headers, partition };
}

function toOffset(baseOffset: string | undefined): number | undefined {
  const offset = Number(baseOffset ?? -1);
  return offset < 0 ? undefined : offset;
}

function refusal(error: unknown, parts: readonly LanePart[]): unknown {
  const type = protocolErrorOf(error);
  const part = parts[0];
  if (type === undefined || part === undefined || !REFUSED.has(type)) return error;
  const record = part.appends[0]?.record;
  if (record !== undefined && (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE"))
    return tooLarge(part.topic, record.bytes, record.maxBatchBytes);
  return new EventQLError("APPEND_FAILED", `Kafka refuses the event for topic "${part.topic}": ${messageOf(error)}.`, {
    cause: error,
    details: { topic: part.topic, reason: type },
  });
}
