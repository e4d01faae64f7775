import avsc, { type Type } from "avsc";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import type { Message } from "kafkajs";

/** The event of the bench: 68 bytes of Avro, or so, with its header. */
export const SCHEMA: string = JSON.stringify({
  type: "record",
  name: "Measured",
  namespace: "bench",
  eventql: { aggregate: "Meter" },
  fields: [
    { name: "name", type: "string" },
    { name: "city", type: "string" },
    { name: "amount", type: "long" },
    { name: "at", type: "long" },
  ],
});

/** A case: `events` spread over `keys`, in order of their number. */
export interface Workload {
  readonly name: string;
  readonly events: number;
  readonly keys: number;
}

/** U: every key once. H: hot keys, each many times. */
export const WORKLOADS: readonly Workload[] = [
  { name: "projection: 200,000 keys once", events: 200_000, keys: 200_000 },
  { name: "projection: 400,000 events on 20,000 keys", events: 400_000, keys: 20_000 },
];

export const PARTITIONS = 4;
const CHUNK = 10_000;

/** Makes the topic and fills it. */
export async function fill(brokers: string, topic: string, schemaId: number, workload: Workload): Promise<void> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const type = avsc.Type.forSchema(JSON.parse(SCHEMA));
  for (let start = 0; start < workload.events; start += CHUNK) {
    const messages: Message[] = [];
    for (let index = start; index < Math.min(start + CHUNK, workload.events); index += 1) {
      messages.push({ key: keyOf(index % workload.keys), value: encode(type, schemaId, index) });
    }
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

/** The text of a key by its number: a UUID's length. */
function keyOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

function encode(type: Type, schemaId: number, index: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeInt32BE(schemaId, 1);
  const event = {
    name: `meter number ${index}`,
    city: "a city of some length",
    amount: index,
    at: 1_700_000_000_000 + index,
  };
  return Buffer.concat([header, type.toBuffer(event)]);
}
