import { type Admin, type ISocketFactoryArgs, Kafka, logLevel } from "kafkajs";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { createKafkaEventLog, type KafkaEventLogOptions } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { realStack, uniqueName } from "../../support/real-stack.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

/** A plain client of the real broker, as strangers use. */
export function foreignKafka(): Kafka {
  return new Kafka({ brokers: realStack().brokers.split(","), clientId: "foreign", logLevel: logLevel.NOTHING });
}

/** An event log that is closed when the test ends. */
export function openLog(options: Partial<KafkaEventLogOptions> = {}): EventLog {
  const brokers = realStack().brokers.split(",");
  const log = createKafkaEventLog({ brokers, clientId: "test", logger: silentLogger, ...options });
  onTestFinished(() => log.close());
  return log;
}

const topics: string[] = [];

/** A topic, for {@link removeTopics} to remove. */
export async function newTopic(log: EventLog, partitions = 1): Promise<string> {
  const name = uniqueName("event-log");
  await log.createTopics([{ name, partitions }]);
  topics.push(name);
  return name;
}

/** Removes the topics of a file's tests, when nothing uses them any more. */
export async function removeTopics(): Promise<void> {
  await withAdmin((admin) => admin.deleteTopics({ topics: topics.splice(0) }));
}

/** Runs something with an administrative client. */
export async function withAdmin<T>(run: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = foreignKafka().admin();
  await admin.connect();
  try {
    return await run(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A proxy before the broker, and what makes kafkajs go through it although the broker advertises its own address. */
export async function startBrokerProxy(): Promise<{
  readonly proxy: TcpProxy;
  readonly socketFactory: (args: ISocketFactoryArgs) => Socket;
}> {
  const [host = "127.0.0.1", port = "9092"] = (realStack().brokers.split(",")[0] ?? "").split(":");
  const proxy = await startTcpProxy({ host, port: Number(port) });
  onTestFinished(() => proxy.close());
  return { proxy, socketFactory: ({ onConnect }) => connect({ host: "127.0.0.1", port: proxy.port }, onConnect) };
}

const PRODUCE = 0;

/** Whether bytes on their way to a broker begin with a Produce request: its length (4 bytes), then the API key (2). */
export function isProduceRequest(bytes: Buffer): boolean {
  return bytes.length >= 6 && bytes.readInt16BE(4) === PRODUCE;
}
