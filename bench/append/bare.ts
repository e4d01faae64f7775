import avsc from "avsc";
import { type IHeaders, Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import { v7 } from "uuid";
import { type AppendOne, SCHEMA, TEXT } from "./workload.ts";

interface Waiting {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: { readonly headers?: IHeaders };
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A kafkajs producer as it comes, idempotent. */
async function connect(brokers: string): Promise<Producer> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  return producer;
}

function encoder(schemaId: number): (number: number) => Buffer {
  const type = avsc.Type.forSchema(JSON.parse(SCHEMA));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(schemaId, 1);
  return (number) => Buffer.concat([head, type.toBuffer({ number, text: TEXT })]);
}

/** CloudEvents' headers, as EventQL writes them. */
function eventHeaders(): IHeaders {
  return {
    ce_specversion: "1.0",
    ce_id: v7(),
    ce_type: "bench.Noted",
    ce_source: "/bench",
    ce_time: new Date().toISOString(),
  };
}

/** By hand: one `sendBatch` in flight, and what arrives meanwhile is the next one. No bounds, no retries. */
export async function bareGroupCommit(
  brokers: string,
  topic: string,
  schemaId: number,
  hasHeaders: boolean,
): Promise<AppendOne> {
  const producer = await connect(brokers);
  const encode = encoder(schemaId);
  let waiting: Waiting[] = [];
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    for (await turn(); waiting.length > 0; await turn()) {
      const batch = waiting;
      waiting = [];
      try {
        const messages = batch.map(({ key, value, headers }) => ({ key, value, ...headers }));
        await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  };
  return async (key, number) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const headers = hasHeaders ? { headers: eventHeaders() } : {};
    waiting.push({ key, value: encode(number), headers, resolve: () => resolve(undefined), reject });
    if (!running) void run();
    await promise;
  };
}

/** As it is written at first: each append waits until the one before it is acknowledged. */
export async function oneAtATime(brokers: string, topic: string, schemaId: number): Promise<AppendOne> {
  const producer = await connect(brokers);
  const encode = encoder(schemaId);
  let last: Promise<unknown> = Promise.resolve();
  return async (key, number) => {
    last = last.then(async () => await producer.send({ acks: -1, topic, messages: [{ key, value: encode(number) }] }));
    await last;
  };
}

async function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setImmediate(() => resolve(undefined));
  await promise;
}
