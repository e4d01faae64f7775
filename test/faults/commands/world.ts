import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import { commandsTopicOf } from "../../../src/catalog/topic-kinds.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import { kindOf } from "../../../src/command/command-record.ts";
import type { CommandCodec } from "../../../src/catalog/codec.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { HEADER, type LogRecord } from "../../../src/model/event.ts";
import type { Value } from "../../../src/model/value.ts";
import type { SchemaRegistry } from "../../../src/schema-registry/schema-registry.ts";
import type { CountCommand, CountedEvent } from "../../support/counter-domain.ts";

/** Reads what a counter's topics hold. */
export class CounterLog {
  readonly #log: EventLog;
  readonly #codec: CommandCodec;
  readonly #topic: string;

  constructor(log: EventLog, codec: CommandCodec, topic: string) {
    this.#log = log;
    this.#codec = codec;
    this.#topic = topic;
  }

  /** Where its partitions end, together: it grows with the events. */
  async end(): Promise<number> {
    return (await this.#log.offsets(this.#topic)).reduce((sum, { high }) => sum + high, 0);
  }

  /** Every command, in the order of its partition. */
  async commands(): Promise<readonly CountCommand[]> {
    const records = await this.#all(commandsTopicOf(this.#topic));
    return records
      .filter((record) => kindOf(record) === "command")
      .map((record) => {
        const decoded = this.#codec.decodeCommand(this.#topic, record.value ?? new Uint8Array());
        if (decoded.status !== "decoded") throw new TypeError(`a command can't be decoded: ${decoded.status}`);
        return { commandId: record.headers[HEADER.id] ?? "", key: keyOf(record), by: longOf(decoded.payload["by"]) };
      });
  }

  /** Every event that can be read, in its key's order. */
  async events(): Promise<ReadonlyMap<string, readonly CountedEvent[]>> {
    const byKey = new Map<string, CountedEvent[]>();
    for (const record of await this.#all(this.#topic)) {
      const decoded = this.#codec.decode(this.#topic, record.value ?? new Uint8Array());
      if (decoded.status !== "decoded") throw new TypeError(`an event can't be decoded: ${decoded.status}`);
      const own = byKey.get(keyOf(record)) ?? [];
      byKey.set(keyOf(record), own);
      const { by, total } = decoded.payload;
      own.push({ commandId: record.headers[HEADER.command] ?? "", by: longOf(by), total: longOf(total) });
    }
    return byKey;
  }

  async #all(topic: string): Promise<readonly LogRecord[]> {
    const ranges = await this.#log.offsets(topic);
    const parts = await Promise.all(
      ranges.map(async ({ low, high }, partition) => await this.#partition(topic, partition, low, high)),
    );
    return parts.flat();
  }

  async #partition(topic: string, partition: number, low: number, high: number): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    for (let from = low; ;) {
      const part = await this.#log.readRange({ topic, partition, from, until: high, limit: 20_000, timeoutMs: 30_000 });
      records.push(...part.records);
      if (part.complete) return records;
      from = part.next;
    }
  }
}

/** The catalog of a counter's topic, and its codec, prepared for every schema that it has. */
export async function counterCatalog(
  registry: SchemaRegistry,
  topic: string,
  deciders: Parameters<typeof gatherCatalog>[1],
): Promise<{ readonly catalog: Catalog; readonly codec: CommandCodec }> {
  const catalog = await gatherCatalog(registry, { ...deciders, topics: [topic] });
  const codec = createCodec(registry, () => catalog);
  for (const { eventTypes, owned } of catalog.aggregates)
    for (const { schemaId } of [...eventTypes, ...(owned?.commands ?? [])]) await codec.prepare(topic, schemaId);
  return { catalog, codec };
}

function keyOf({ key }: LogRecord): string {
  return Buffer.from(key ?? []).toString();
}

function longOf(value: Value | undefined): bigint {
  if (typeof value === "bigint") return value;
  throw new TypeError(`a ${typeof value} is no long`);
}
