import { setTimeout as delay } from "node:timers/promises";
import { outcomesTopicOf } from "../catalog/topic-kinds.ts";
import { EventQLError } from "../errors.ts";
import type { Consumer, ConsumerHandler, EventLog, RecordBatch, TopicDescription } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Outcome } from "../model/command.ts";
import type { LogRecord } from "../model/event.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import { decodeOutcome } from "./outcome-record.ts";
import { OUTCOMES, OUTCOMES_KEPT_MS, outcomeId, storedOutcome } from "./stored-outcome.ts";
import { TopicFollower } from "./topic-follower.ts";

/** The projection that stores outcomes. */
export const OUTCOMES_PROJECTION = "outcomes";

/** What keeping outcomes needs. */
export interface OutcomeKeeperOptions {
  readonly log: Pick<EventLog, "describeTopics" | "consume">;
  readonly readModel: Pick<ReadModel, "openCheckpoint" | "commit" | "find">;
  readonly logger: Logger;
  /** The consumer group; replicas of a group share the partitions. */
  readonly group: string;
  /** The owned topics. */
  readonly topics: () => readonly string[];
  /** How often, in ms, topics that don't exist are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Stores the outcomes of owned topics, so that they can be asked for later. */
export interface OutcomeKeeper {
  /** Looks at once which topics are owned now. */
  topicsChanged(): void;
  /** Ends batches under way with their checkpoints, and leaves the group. */
  stop(): Promise<void>;
}

/** Outcomes that are stored in one transaction, at most. */
const TRANSACTION = 2_000;

/**
 * How long, in ms, a partition rests between two transactions: who waits for an outcome hears it from its topic, and many
 * outcomes in one transaction cost little more than one.
 */
const REST_MS = 200;

/** Bytes of a batch of outcomes. */
const BATCH_BYTES = 2 * 1024 * 1024;

/** Starts storing the outcomes of those topics that exist; the others follow when they do. */
export function startOutcomeKeeper(options: OutcomeKeeperOptions): OutcomeKeeper {
  const { log, logger, group, topics, lookMs } = options;
  return new TopicFollower({
    log,
    logger,
    topics: () => topics().map(outcomesTopicOf),
    ...(lookMs === undefined ? {} : { lookMs }),
    async start(existing): Promise<Consumer> {
      const names = existing.map(({ name }) => name);
      const handler = new Keeper(options, existing);
      return await log.consume({ group, topics: names, maxBatchBytes: BATCH_BYTES }, handler);
    },
  });
}

/** Stores the outcomes of the partitions that this process has now, each once. */
class Keeper implements ConsumerHandler {
  readonly #options: OutcomeKeeperOptions;
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  /** Where the checkpoints stand. */
  readonly #next = new Map<string, number>();

  constructor(options: OutcomeKeeperOptions, topics: readonly TopicDescription[]) {
    this.#options = options;
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
  }

  assigned: ConsumerHandler["assigned"] = async (of, { low }) => Math.max(await this.#resume(of), low);

  records: ConsumerHandler["records"] = async (batch) => {
    for (const { records, next } of transactionsOf(batch)) {
      if (!(await this.#store(batch, records, next))) return await this.#resume(batch);
    }
    // What comes meanwhile is the next batch.
    await delay(REST_MS);
    return batch.next;
  };

  caughtUp: ConsumerHandler["caughtUp"] = () => {};

  revoked: ConsumerHandler["revoked"] = async (of) => {
    this.#next.delete(partitionId(of));
    await Promise.resolve();
  };

  /** Where the checkpoint stands, whoever moved it. */
  async #resume(of: TopicPartition): Promise<number> {
    const own = this.#checkpoint(of, 0);
    const { next, log } = await this.#options.readModel.openCheckpoint(own);
    if (log !== undefined && own.log !== undefined && log !== own.log) throw logChanged(of);
    this.#next.set(partitionId(of), next);
    return next;
  }

  /** Stores what is new in one transaction with the checkpoint. False: somebody else moved the checkpoint. */
  async #store(of: TopicPartition, records: readonly LogRecord[], next: number): Promise<boolean> {
    const from = this.#next.get(partitionId(of));
    if (from === undefined) return false;
    this.#next.delete(partitionId(of));
    const inserts = await this.#newOnes(outcomesOf(records));
    const writes = [{ collection: OUTCOMES, inserts, replacements: [], deletions: [] }];
    const checkpoint = this.#checkpoint(of, next);
    const { status } = await this.#options.readModel.commit({ checkpoint, from, writes });
    if (status === "conflict") {
      // Two partitions can't have the same outcome, and this process looked for it: it was stored just now by a zombie.
      throw new EventQLError("READ_MODEL_UNAVAILABLE", "An outcome was stored meanwhile: it is looked for again.");
    }
    if (status === "committed") this.#next.set(partitionId(of), next);
    return status === "committed";
  }

  /** An outcome is written again for each repetition of its command: the stored one stays. */
  async #newOnes(outcomes: ReadonlyMap<string, Outcome>): Promise<readonly StoredDocument[]> {
    if (outcomes.size === 0) return [];
    const filter = { _id: { $in: [...outcomes.keys()] } };
    const stored = await this.#options.readModel.find(OUTCOMES, { filter, fields: ["_id"], causal: true });
    const known = new Set(stored.map(({ _id }) => _id));
    return [...outcomes].flatMap(([id, outcome]) => (known.has(id) ? [] : [storedOutcome(outcome)]));
  }

  #checkpoint({ topic, partition }: TopicPartition, next: number): Checkpoint {
    // No catalog decides what is stored: all generations are alike.
    const { partitions = 0, log } = this.#topics.get(topic) ?? {};
    const checkpoint = { projection: OUTCOMES_PROJECTION, topic, partition, next, generation: 0, partitions };
    return log === undefined ? checkpoint : { ...checkpoint, log };
  }
}

function logChanged(of: TopicPartition): EventQLError {
  return new EventQLError(
    "LOG_CHANGED",
    `What is stored of the outcomes of ${partitionId(of)} is a position in another Kafka cluster: stop this process, or ` +
      "run eventql migrate.",
  );
}

/** The first outcome of each command, by identifier; what EventQL didn't write, or has expired, is passed over. */
function outcomesOf(records: readonly LogRecord[]): ReadonlyMap<string, Outcome> {
  const oldest = Date.now() - OUTCOMES_KEPT_MS;
  const outcomes = new Map<string, Outcome>();
  for (const record of records) {
    const outcome = decodeOutcome(record);
    if (outcome === undefined || outcome.decidedAt <= oldest) continue;
    const id = outcomeId(outcome);
    if (!outcomes.has(id)) outcomes.set(id, outcome);
  }
  return outcomes;
}

/** Cuts a batch into transactions. */
function transactionsOf({ records, next }: RecordBatch): readonly Pick<RecordBatch, "records" | "next">[] {
  const parts: Pick<RecordBatch, "records" | "next">[] = [];
  for (let start = 0; start < records.length; start += TRANSACTION) {
    const behind = records[start + TRANSACTION]?.offset ?? next;
    parts.push({ records: records.slice(start, start + TRANSACTION), next: behind });
  }
  return parts;
}
