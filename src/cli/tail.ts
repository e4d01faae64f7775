import type { CommandCodec } from "../catalog/codec.ts";
import { eventsTopicOf } from "../catalog/topic-kinds.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import type { ConsumerHandler } from "../event-log/event-log.ts";
import type { LogRecord } from "../model/event.ts";
import { partitionId } from "../model/position.ts";
import { limitOf } from "./limit.ts";
import { howTopicsAreMade } from "./missing-topics.ts";
import { configOf, withStack } from "./session.ts";
import { stopSignal } from "./stop-signal.ts";
import { type TailFormat, formatRecord } from "./tail-format.ts";
import { readRecord } from "./tail-record.ts";
import type { Terminal } from "./terminal.ts";

/** What `eventql tail` was asked to show. */
interface TailRequest {
  readonly topic: string;
  readonly fromBeginning: boolean;
  /** Whether it goes on at the log's end. */
  readonly follow: boolean;
  /** After so many events it ends. */
  readonly limit: number;
  readonly key: string | undefined;
  readonly format: TailFormat;
}

/** Shows a topic's events as they come, until it is told to end. */
export async function tail(topic: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { fromBeginning, follow, limit, key, format, ...shared } = flags;
  const request: TailRequest = {
    topic,
    fromBeginning: fromBeginning === true,
    follow: follow !== false,
    limit: limitOf(limit),
    key: typeof key === "string" ? key : undefined,
    format: formatOf(format, terminal),
  };
  const config = await configOf(shared, terminal);
  await withStack(config, terminal, async ({ log, registry }) => {
    const { createCodec } = await import("../catalog/codec/create-codec.ts");
    const { gatherForTopics } = await import("./gather-catalog.ts");
    const catalog = await gatherForTopics(registry, config, [eventsTopicOf(topic)]);
    const [description] = await log.describeTopics([topic]);
    if (description === undefined) throw unknownTopic(topic, catalog, config);
    const codec = createCodec(registry, () => catalog);
    const handler = new Tail(request, description.partitions, codec, terminal);
    const group = `${config.kafka.groupPrefix}-tail`;
    const consumer = await log.consume({ group, ephemeral: true, topics: [topic] }, handler);
    await Promise.race([handler.done, stopSignal()]);
    await consumer.stop();
  });
}

/** Writes the records that it is given, until it has what was asked for. */
class Tail implements ConsumerHandler {
  readonly #request: TailRequest;
  readonly #partitions: number;
  readonly #codec: CommandCodec;
  readonly #terminal: Terminal;
  readonly #atEnd = new Set<string>();
  readonly #done = Promise.withResolvers<void>();
  #shown = 0;

  constructor(request: TailRequest, partitions: number, codec: CommandCodec, terminal: Terminal) {
    this.#request = request;
    this.#partitions = partitions;
    this.#codec = codec;
    this.#terminal = terminal;
  }

  /** Resolves when everything that was asked for is shown. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  assigned: ConsumerHandler["assigned"] = async (_of, { low, high }) =>
    await Promise.resolve(this.#request.fromBeginning ? low : high);

  records: ConsumerHandler["records"] = async ({ topic, records, next }) => {
    for (const record of records) {
      if (!this.#isWanted(record)) continue;
      const shown = await readRecord(this.#codec, topic, record);
      // Other partitions' records may have been written meanwhile.
      if (this.#shown >= this.#request.limit) break;
      this.#terminal.stdout.write(formatRecord(record, shown, this.#request.format));
      this.#shown += 1;
    }
    if (this.#shown >= this.#request.limit) this.#done.resolve();
    return next;
  };

  caughtUp: ConsumerHandler["caughtUp"] = (of) => {
    this.#atEnd.add(partitionId(of));
    if (!this.#request.follow && this.#atEnd.size >= this.#partitions) this.#done.resolve();
  };

  revoked: ConsumerHandler["revoked"] = async () => {
    await Promise.resolve();
  };

  #isWanted({ key }: LogRecord): boolean {
    if (this.#request.key === undefined) return true;
    return key !== null && Buffer.from(key).toString() === this.#request.key;
  }
}

function formatOf(format: Flags[string], { stdout }: Terminal): TailFormat {
  if (format === "json" || format === "text") return format;
  if (format === undefined) return stdout.isTTY === true ? "text" : "json";
  throw new EventQLError("BAD_USER_INPUT", `--format is ${JSON.stringify(format)}: give json or text.`);
}

function unknownTopic(topic: string, { aggregates }: Catalog, config: Config): EventQLError {
  const topics = [...new Set(topicAggregates(aggregates).map((aggregate) => aggregate.topic))];
  const remedy = topics.includes(topic)
    ? `It has event types: ${howTopicsAreMade(config)}.`
    : topics.length === 0
      ? "No topic has event types yet."
      : `Those with event types are ${topics.join(", ")}.`;
  return new EventQLError("TOPIC_NOT_FOUND", `There is no topic ${topic}. ${remedy}`);
}
