import { setTimeout as delay } from "node:timers/promises";
import avsc from "avsc";
import { Kafka, Partitioners, type Producer, logLevel } from "kafkajs";
import { PROBE, SCHEMA, type SubscribeCase, keyOf, now } from "./cases.ts";

/** ms between two groups of events of a steady load. */
const TICK_MS = 10;

const type = avsc.Type.forSchema(JSON.parse(SCHEMA));

/** Appends the bench's events. */
export class Load {
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #schemaId: number;

  constructor(brokers: string, topic: string, schemaId: number) {
    const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.#topic = topic;
    this.#schemaId = schemaId;
  }

  async start(): Promise<void> {
    await this.#producer.connect();
  }

  /** An event of each key that is followed, so that each subscriber shows that it is there. */
  async probe({ keyed, sockets, perSocket }: SubscribeCase): Promise<void> {
    const keys = keyed ? sockets * perSocket : 1;
    await this.#send(
      Array.from({ length: keys }, (_none, index) => index),
      PROBE,
    );
  }

  /** The case's events, at its rate. */
  async run({ keyed, sockets, perSocket, events, rate }: SubscribeCase): Promise<void> {
    const keys = keyed ? sockets * perSocket : events;
    const began = performance.now();
    let sent = 0;
    while (sent < events) {
      const due =
        rate === undefined ? events : Math.min(events, Math.ceil(((performance.now() - began) / 1_000) * rate));
      const indices = Array.from({ length: due - sent }, (_none, index) => (sent + index) % keys);
      sent = due;
      if (indices.length > 0) await this.#send(indices, "a city of some length");
      if (sent < events) await delay(TICK_MS);
    }
  }

  async stop(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #send(indices: readonly number[], city: string): Promise<void> {
    const messages = indices.map((index) => ({ key: keyOf(index), value: this.#encode(index, city) }));
    await this.#producer.send({ topic: this.#topic, messages });
  }

  #encode(index: number, city: string): Buffer {
    const header = Buffer.alloc(5);
    header.writeInt32BE(this.#schemaId, 1);
    return Buffer.concat([header, type.toBuffer({ name: `meter number ${index}`, city, at: now() })]);
  }
}
