import { type Kafka, Partitioners, type Producer } from "kafkajs";
import { messageOf } from "../../errors.ts";
import type { LogRecord } from "../../model/event.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { disconnect } from "./client.ts";
import type { MemberSign } from "./member-list.ts";

/** ms between two signs of life. */
export const HEARTBEAT_MS = 250;

/** Signs that may be on their way at once: one that is held up does not hold up the next ones. */
const MAX_PENDING = 4;
const HERE = Buffer.from("here");
const LEFT = Buffer.from("left");

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly member: string;
  readonly logger: Logger;
}

/** A member's signs of life, appended by a producer of their own: they wait for nothing else, and fail with nothing else. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #producer: Producer;
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#producer = options.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
  }

  /** Begins; rejects where no broker is reached. */
  async start(): Promise<void> {
    await this.#producer.connect();
    this.#beat();
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  /** Says goodbye. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // A sign of life must not come after it.
    await Promise.all(this.#pending);
    if (this.#timer !== undefined) await this.#send(LEFT);
    await disconnect(this.#producer);
  }

  #beat(): void {
    if (this.#pending.size >= MAX_PENDING) return;
    const sent = this.#send(HERE).finally(() => this.#pending.delete(sent));
    this.#pending.add(sent);
  }

  async #send(value: Buffer): Promise<void> {
    const { topic, member, logger } = this.#options;
    try {
      await this.#producer.send({ topic, acks: 1, messages: [{ partition: 0, key: member, value }] });
    } catch (error) {
      logger.debug({ topic, error: messageOf(error) }, "A sign of life was not appended.");
    }
  }
}

/** The sign that a record is, if it is one. */
export function toSign({ key, value }: Pick<LogRecord, "key" | "value">): MemberSign | undefined {
  if (key === null || value === null) return undefined;
  const left = LEFT.equals(value);
  return left || HERE.equals(value) ? { member: Buffer.from(key).toString(), left } : undefined;
}
