import { Kafka, logLevel } from "kafkajs";

/** How many callers append at a time, each waiting for its acknowledgement before it appends again. */
export const CALLERS = 64;

/** ms that a run is warmed up, and then measured. */
const WARM_UP_MS = 2_000;
const MEASURED_MS = 8_000;

export const PARTITIONS = 4;

/** The Avro schema of the events. */
export const SCHEMA: string = JSON.stringify({
  type: "record",
  name: "Noted",
  namespace: "bench",
  eventql: { aggregate: "Note" },
  fields: [
    { name: "number", type: "long" },
    { name: "text", type: "string" },
  ],
});

/** What fills an event to 200 bytes. */
export const TEXT: string = "x".repeat(190);

/** What a run measured. */
export interface AppendFigures {
  readonly eventsPerSecond: number;
  /** ms from the call to the acknowledgement. */
  readonly p50: number;
  readonly p99: number;
}

/** Appends the event of a number to the key of a caller; resolves when it is acknowledged by all replicas. */
export type AppendOne = (key: string, number: number) => Promise<void>;

/** Runs the callers in a closed loop. */
export async function measure(append: AppendOne): Promise<AppendFigures> {
  const begin = performance.now() + WARM_UP_MS;
  const end = begin + MEASURED_MS;
  const latencies: number[] = [];
  const call = async (caller: number): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const started = performance.now();
      if (started >= end) return;
      await append(`caller-${caller}`, number);
      const done = performance.now();
      if (started >= begin && done <= end) latencies.push(done - started);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(caller)));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { eventsPerSecond: (latencies.length / MEASURED_MS) * 1_000, p50: at(0.5), p99: at(0.99) };
}

/** Checks that the events of each key stand in the order in which they were acknowledged, none missing, none twice. */
export async function check(brokers: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
  for (const [partition, high] of left) if (high === 0) left.delete(partition);
  const next = new Map<string, number>();
  const finished = Promise.withResolvers<undefined>();
  const consumer = kafka.consumer({ groupId: `${topic}-check` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { key, value } of batch.messages) {
        const name = String(key);
        const number = numberOf(value);
        if (number !== (next.get(name) ?? 0)) finished.reject(new RangeError(`${name} goes on with ${number}`));
        next.set(name, number + 1);
      }
      if (Number(batch.lastOffset()) + 1 >= (left.get(batch.partition) ?? 0)) left.delete(batch.partition);
      if (left.size === 0) finished.resolve(undefined);
      await Promise.resolve();
    },
  });
  await finished.promise;
  await consumer.disconnect();
}

/** The Avro long behind the five bytes of the wire format: zigzag, seven bits a byte. */
function numberOf(value: Buffer | null): number {
  let zigzag = 0;
  let factor = 1;
  for (const byte of value?.subarray(5) ?? []) {
    zigzag += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 128) break;
  }
  return zigzag / 2;
}
