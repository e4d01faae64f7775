import type { EventLog } from "../../event-log/event-log.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Output } from "../../model/output.ts";
import { partitionId } from "../../model/position.ts";
import type { OutputSink, OutputsOf, PartitionOutputs, PlannedOutputs } from "../../read-model/output-sink.ts";
import type { CollectionWrites, ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { TargetTopics } from "../target-topics.ts";
import { type ChunkPlace, OUTBOX, chunkOf, decidedCheckpoint, lateCheckpoint } from "./outbox.ts";
import { PartitionPublisher } from "./publisher.ts";

/** What storing and publishing outputs needs. */
export interface OutboxSinkOptions {
  readonly log: Pick<EventLog, "takeOver" | "describeTopics">;
  readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">;
  readonly logger: Logger;
  /** What the name of each stream's owners begins with: `eventql-stream` makes `eventql-stream-OrderTotals`. */
  readonly prefix: string;
  readonly metrics: Pick<Metrics, "streamed">;
}

/** How long, in ms, what is stored of a partition is published on after it was given up, while nobody else has it. */
const DRAIN_MS = 5_000;

interface Publishing {
  readonly publisher: PartitionPublisher;
  readonly signal: AbortSignal;
}

/** Stores outputs in the outbox, and publishes them from there, for the partitions that this process has. */
export class OutboxSink implements OutputSink {
  readonly #options: OutboxSinkOptions;
  readonly #publishing = new Map<string, Publishing>();
  /** Those that are given up, until they have ended. */
  readonly #ending = new Set<Promise<void>>();

  readonly #targets: TargetTopics;

  constructor(options: OutboxSinkOptions) {
    this.#options = options;
    this.#targets = new TargetTopics(options.log);
  }

  async open(opened: OutputsOf): Promise<PartitionOutputs> {
    const { projection, of, next, generation, partitions, signal } = opened;
    const { topic, partition } = of;
    const { readModel } = this.#options;
    const first = { projection: decidedCheckpoint(projection), topic, partition, next, generation, partitions };
    const checkpoint = { ...(await readModel.openCheckpoint(first)), generation, partitions };
    const late = await readModel.openCheckpoint({ ...first, projection: lateCheckpoint(projection), next: 0 });
    signal.throwIfAborted();
    const publisher = this.#publisherOf(opened, { next: checkpoint.next, late: late.next });
    return new OpenOutputs({ opened, checkpoint, late: { ...late, generation, partitions }, publisher });
  }

  /** Resolves when what was given up has ended. Never rejects. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #publisherOf({ projection, of, partitions, signal }: OutputsOf, decided: ChunkPlace): PartitionPublisher {
    const id = `${projection}/${partitionId(of)}`;
    const known = this.#publishing.get(id);
    if (known?.signal === signal) {
      known.publisher.begin(decided);
      return known.publisher;
    }
    const { log, readModel, logger, metrics, prefix } = this.#options;
    const publisher = new PartitionPublisher(
      {
        log,
        targets: this.#targets,
        readModel,
        logger,
        owner: `${prefix}-${projection}`,
        place: { projection, of: { topic: of.topic, partition: of.partition } },
        partitions,
        onPublished: (outputs, seconds) => metrics.streamed({ stream: projection, ...of }, 0, outputs, seconds),
      },
      decided,
    );
    this.#publishing.set(id, { publisher, signal });
    signal.addEventListener("abort", () => this.#end(id, publisher), { once: true });
    return publisher;
  }

  #end(id: string, publisher: PartitionPublisher): void {
    if (this.#publishing.get(id)?.publisher === publisher) this.#publishing.delete(id);
    const ending = publisher.drain(DRAIN_MS).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

interface OpenOutputsOptions {
  readonly opened: OutputsOf;
  readonly checkpoint: Checkpoint;
  readonly late: Checkpoint;
  readonly publisher: PartitionPublisher;
}

/** The outputs of a partition for one session: it alone moves how far they are decided, or it is fenced off with its batch. */
class OpenOutputs implements PartitionOutputs {
  readonly #options: OpenOutputsOptions;
  #decided: number;
  #late: number;

  constructor(options: OpenOutputsOptions) {
    this.#options = options;
    this.#decided = options.checkpoint.next;
    this.#late = options.late.next;
  }

  get decided(): number {
    return this.#decided;
  }

  async room(): Promise<number> {
    const { opened, publisher } = this.#options;
    await publisher.room(opened.signal);
    return Number.POSITIVE_INFINITY;
  }

  plan(outputs: readonly Output[], from: number, next: number): PlannedOutputs {
    const { opened, checkpoint, publisher } = this.#options;
    const decided = this.#decided;
    // A build that folds again what was decided before writes nothing of it.
    if (next <= decided) return NOTHING;
    const own = from >= decided ? outputs : outputs.filter(({ offset }) => offset >= decided);
    const stored = chunkOf(opened, own, { next, late: 0 });
    return {
      writes: writesOf(stored?.documents),
      also: [{ checkpoint: { ...checkpoint, next }, from: decided }],
      committed: () => {
        this.#decided = next;
        publisher.add(stored?.chunk, decided, next);
      },
    };
  }

  planLate(outputs: readonly Output[]): PlannedOutputs {
    const { opened, late, publisher } = this.#options;
    const count = this.#late;
    const stored = chunkOf(opened, outputs, { next: this.#decided, late: count + 1 });
    if (stored === undefined) return NOTHING;
    return {
      writes: writesOf(stored.documents),
      also: [{ checkpoint: { ...late, next: count + 1 }, from: count }],
      committed: () => {
        this.#late = count + 1;
        publisher.addLate(stored.chunk);
      },
    };
  }
}

const NOTHING: PlannedOutputs = { writes: [], also: [], committed() {} };

function writesOf(inserts: readonly StoredDocument[] = []): readonly CollectionWrites[] {
  return inserts.length === 0 ? [] : [{ collection: OUTBOX, inserts, replacements: [], deletions: [] }];
}
