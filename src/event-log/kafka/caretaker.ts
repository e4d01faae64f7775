import type { Consumer as KafkaConsumer } from "kafkajs";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { OffsetRange } from "../event-log.ts";
import type { Assigned, Assignments } from "./assignments.ts";

const COMMIT_MS = 5_000;
const LOOK_MS = 500;

/** What a caretaker needs. */
export interface CaretakerOptions {
  readonly assignments: Assignments;
  readonly offsets: (topic: string) => Promise<readonly OffsetRange[]>;
  /** Whether offsets are committed at all. */
  readonly commits: boolean;
  readonly logger: Logger;
}

/**
 * What a consumer does now and then: it commits offsets to Kafka, which only lag tools read, and asks for the last
 * stable offset of partitions that an open transaction keeps from reaching the high watermark.
 */
export class Caretaker {
  readonly #assignments: Assignments;
  readonly #offsets: (topic: string) => Promise<readonly OffsetRange[]>;
  readonly #commits: boolean;
  readonly #logger: Logger;
  readonly #asked = new Map<string, Promise<readonly OffsetRange[]>>();
  #starved = new Map<Assigned, number>();
  #committed = new Map<Assigned, number>();
  #timers: NodeJS.Timeout[] = [];

  constructor({ assignments, offsets, commits, logger }: CaretakerOptions) {
    this.#assignments = assignments;
    this.#offsets = offsets;
    this.#commits = commits;
    this.#logger = logger;
  }

  start(client: KafkaConsumer): void {
    this.stop();
    this.#timers = [
      setInterval(() => void this.commit(client), COMMIT_MS),
      setInterval(() => void this.#lookForEnds(), LOOK_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** The offsets of a partition as of now; partitions of a topic that ask at the same time share one request. */
  async range(topic: string, partition: number): Promise<OffsetRange | undefined> {
    let asked = this.#asked.get(topic);
    if (asked === undefined) {
      asked = this.#offsets(topic).finally(() => this.#asked.delete(topic));
      this.#asked.set(topic, asked);
    }
    return (await asked)[partition];
  }

  /** Commits what has moved since the last time. */
  async commit(client: KafkaConsumer | undefined): Promise<void> {
    if (!this.#commits) return;
    const positions = new Map(
      this.#assignments
        .all()
        .flatMap((one) => (one.pump.applied === undefined ? [] : [[one, one.pump.applied] as const])),
    );
    const moved = [...positions].filter(([one, applied]) => this.#committed.get(one) !== applied);
    this.#committed = positions;
    if (client === undefined || moved.length === 0) return;
    try {
      await client.commitOffsets(moved.map(([{ of }, applied]) => ({ ...of, offset: String(applied) })));
    } catch (error) {
      this.#logger.debug({ error: messageOf(error) }, "Offsets for lag tools were not committed.");
    }
  }

  async #lookForEnds(): Promise<void> {
    const before = this.#starved;
    this.#starved = new Map(
      this.#assignments
        .all()
        .flatMap((one) => (one.queue.starvedAt === undefined ? [] : [[one, one.queue.starvedAt] as const])),
    );
    const still = [...this.#starved].filter(([one, position]) => before.get(one) === position);
    try {
      await Promise.all(still.map(([one]) => this.#lookForEnd(one)));
    } catch (error) {
      this.#logger.debug({ error: messageOf(error) }, "The log's end could not be read; it is asked for again.");
    }
  }

  async #lookForEnd({ of, queue }: Assigned): Promise<void> {
    const range = await this.range(of.topic, of.partition);
    if (range !== undefined) queue.observeEnd(range.high);
  }
}
