import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { createAppender } from "../../src/command/open-appender.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import type { Servers } from "../servers.ts";
import { type AppendOne, TEXT } from "./workload.ts";

/** EventQL's appender: checked, encoded, with CloudEvents' headers, by group commit. */
export async function eventqlAppender({ brokers, registryUrl }: Servers, topic: string): Promise<AppendOne> {
  const registry = openConfluentRegistry({ url: registryUrl, logger: silentLogger });
  const catalog = await gatherCatalog(registry, { topics: [topic] });
  const eventType = catalog.aggregates[0]?.eventTypes[0];
  if (eventType === undefined) throw new RangeError(`there is no event type on ${topic}`);
  const codec = createCodec(registry, () => catalog);
  const log = createKafkaEventLog({ brokers: [brokers], clientId: topic, logger: silentLogger });
  const appender = createAppender({ log, codec, source: "/bench" });
  return async (id, number) => {
    await appender.append({ eventType, id, payload: { number: BigInt(number), text: TEXT } });
  };
}
