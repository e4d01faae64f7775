import { messageOf } from "../../errors.ts";
import { partitionId, type Position, type TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ConsumerHandler } from "../event-log.ts";
import { PartitionPump } from "../partition-pump.ts";
import { type Fetching, PartitionQueue } from "./partition-queue.ts";

/** What assignments need. */
export interface AssignmentsOptions {
  readonly handler: ConsumerHandler;
  readonly fetching: Fetching;
  readonly maxBatchBytes: number;
  readonly logger: Logger;
}

/** A partition that this process has. */
export interface Assigned {
  readonly of: TopicPartition;
  readonly queue: PartitionQueue;
  readonly pump: PartitionPump;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The partitions that this process has, each with its queue and its pump. */
export class Assignments {
  readonly #options: AssignmentsOptions;
  readonly #current = new Map<string, Assigned>();
  /** What must end before a partition can be taken on again: calls for one partition never overlap. */
  readonly #ending = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: AssignmentsOptions) {
    this.#options = options;
  }

  get(of: TopicPartition): Assigned | undefined {
    return this.#current.get(partitionId(of));
  }

  all(): readonly Assigned[] {
    return [...this.#current.values()];
  }

  /** How far the handler has applied each partition. */
  applied(): readonly Position[] {
    return this.all().flatMap(({ of, pump }) => (pump.applied === undefined ? [] : { ...of, offset: pump.applied }));
  }

  /** Takes a partition on, after what it had before is over. */
  assign(of: TopicPartition): void {
    if (this.#closed) return;
    const { handler, fetching, maxBatchBytes, logger } = this.#options;
    const abort = new AbortController();
    const { signal } = abort;
    const queue = new PartitionQueue({ of, fetching, maxBytes: maxBatchBytes, signal });
    const pump = new PartitionPump({ of, source: queue, handler, logger, signal });
    const ended = (this.#ending.get(partitionId(of)) ?? Promise.resolve()).then(() => pump.run());
    this.#current.set(partitionId(of), { of, queue, pump, abort, ended });
  }

  /** Gives every partition up. Batches under way may still end. Nothing is taken away from a consumer that stops. */
  revokeAll(): void {
    if (this.#closed) return;
    for (const assigned of this.all()) this.revoke(assigned);
  }

  /** Gives one partition up. */
  revoke({ of, abort, pump, ended }: Assigned): void {
    const id = partitionId(of);
    this.#current.delete(id);
    abort.abort();
    const told = pump.begun ? this.#tell(of) : undefined;
    this.#ending.set(id, this.#over(ended, told));
  }

  /** Ends all delivery; resolves when the batches under way have ended. */
  async finish(): Promise<void> {
    this.#closed = true;
    const all = this.all();
    for (const { abort } of all) abort.abort();
    await Promise.all([...all.map(({ ended }) => ended), ...this.#ending.values()]);
  }

  async #over(ended: Promise<void>, told: Promise<void> | undefined): Promise<void> {
    await ended;
    await told;
  }

  async #tell(of: TopicPartition): Promise<void> {
    const { handler, logger } = this.#options;
    try {
      await handler.revoked(of);
    } catch (error) {
      logger.warn({ ...of, error: messageOf(error) }, "The handler failed on giving a partition up.");
    }
  }
}
