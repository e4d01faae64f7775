import { outcomesTopicOf } from "../catalog/topic-kinds.ts";
import type { Consumer, ConsumerHandler, EventLog, OffsetRange, TopicDescription } from "../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import { OUTCOMES_PROJECTION } from "./outcome-keeper.ts";
import { TopicFollower } from "./topic-follower.ts";

/** What listening needs. */
export interface OutcomeListenerOptions {
  readonly log: Pick<EventLog, "describeTopics" | "consume">;
  readonly readModel: Pick<ReadModel, "checkpoints">;
  readonly logger: Logger;
  /** What the name of the consumer's group begins with. */
  readonly group: string;
  /** The owned topics. */
  readonly topics: () => readonly string[];
  /** Called with each outcome of each of them: the topic, the command's id, and the outcome as it is in the log. */
  readonly onOutcome: (topic: string, commandId: string, value: Uint8Array) => void;
  /** Called once for a topic: each outcome that isn't stored yet, or is written from now on, will be heard. */
  readonly onReady: (topic: string) => void;
  /** How often, in ms, topics that don't exist are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Outcomes are small, and there is no hurry in big batches. */
const BATCH_BYTES = 1024 * 1024;

/** So many records of a partition that aren't stored yet are read at the start, at most. */
const MOST_READ_BACK = 10_000;

/** A topic that is listened to, or will be. */
interface Heard {
  /** Undefined: it doesn't exist yet, as far as is known. */
  partitions: number | undefined;
  /** The next offset of each partition that was begun with. */
  readonly positions: Map<number, number>;
  isReady: boolean;
}

/**
 * Hears the outcomes of all owned topics as they come. It begins, not at the log's end, but where the stored ones end:
 * an outcome is in the collection before that, or it will be heard; none falls between.
 */
export class OutcomeListener implements ConsumerHandler {
  readonly #options: OutcomeListenerOptions;
  /** By the topic of the outcomes. */
  readonly #heard = new Map<string, Heard>();
  /** The topics of events, by those of their outcomes. */
  #topics: ReadonlyMap<string, string> = new Map();
  #follower: TopicFollower | undefined;

  constructor(options: OutcomeListenerOptions) {
    this.#options = options;
  }

  /** Begins, where it has not begun yet. */
  start(): void {
    const { log, logger, lookMs } = this.#options;
    this.#follower ??= new TopicFollower({
      log,
      logger,
      topics: () => this.#wanted(),
      start: async (topics) => await this.#consume(topics),
      ...(lookMs === undefined ? {} : { lookMs }),
    });
  }

  /** Other topics may be owned now. */
  topicsChanged(): void {
    this.#follower?.topicsChanged();
  }

  /** Whether each outcome of a topic that is written from now on will be heard. */
  isReady(topic: string): boolean {
    return this.#of(outcomesTopicOf(topic)).isReady;
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  assigned: ConsumerHandler["assigned"] = async (of, range) => {
    const heard = this.#of(of.topic);
    const from = heard.positions.get(of.partition) ?? (await this.#beginning(of, range));
    const position = Math.min(Math.max(from, range.low), range.high);
    this.#moved(of, position);
    return position;
  };

  records: ConsumerHandler["records"] = async (batch) => {
    const topic = this.#topics.get(batch.topic) ?? "";
    for (const { key, value } of batch.records) {
      if (key !== null && value !== null) this.#options.onOutcome(topic, Buffer.from(key).toString(), value);
    }
    this.#moved(batch, batch.next);
    return await Promise.resolve(batch.next);
  };

  caughtUp: ConsumerHandler["caughtUp"] = (of, next) => {
    this.#moved(of, next);
  };

  /** It goes on from its own positions, whoever had the partition meanwhile. */
  revoked: ConsumerHandler["revoked"] = async () => {
    await Promise.resolve();
  };

  #wanted(): readonly string[] {
    this.#topics = new Map(this.#options.topics().map((topic) => [outcomesTopicOf(topic), topic]));
    return [...this.#topics.keys()];
  }

  async #consume(topics: readonly TopicDescription[]): Promise<Consumer> {
    const { log, group } = this.#options;
    for (const { name, partitions } of topics) this.#of(name).partitions = partitions;
    const names = topics.map(({ name }) => name);
    return await log.consume({ group, ephemeral: true, topics: names, maxBatchBytes: BATCH_BYTES }, this);
  }

  /** Where the stored outcomes of a partition end; not too far from the log's end, where nobody stores any. */
  async #beginning(of: TopicPartition, { high }: OffsetRange): Promise<number> {
    const checkpoints = await this.#options.readModel.checkpoints(OUTCOMES_PROJECTION, of.topic);
    const stored = checkpoints.find((checkpoint) => partitionId(checkpoint) === partitionId(of));
    return Math.max(stored?.next ?? 0, high - MOST_READ_BACK);
  }

  #moved({ topic, partition }: TopicPartition, next: number): void {
    const heard = this.#of(topic);
    heard.positions.set(partition, next);
    if (heard.isReady || heard.positions.size < (heard.partitions ?? Number.POSITIVE_INFINITY)) return;
    heard.isReady = true;
    this.#options.onReady(this.#topics.get(topic) ?? "");
  }

  #of(outcomesTopic: string): Heard {
    const known = this.#heard.get(outcomesTopic);
    if (known !== undefined) return known;
    const heard: Heard = { partitions: undefined, positions: new Map(), isReady: false };
    this.#heard.set(outcomesTopic, heard);
    return heard;
  }
}
