import {
  type Consumer,
  type ConsumerHandler,
  type Logger,
  PartitionPump,
  type TopicPartition,
} from "../../src/index.ts";
import { MemoryPartition } from "./memory-partition.ts";
import type { MemoryStore } from "./memory-store.ts";

/** What a consumer needs. */
export interface MemoryConsumerOptions {
  readonly store: MemoryStore;
  readonly partitions: readonly TopicPartition[];
  readonly group: string;
  readonly maxBatchBytes: number;
  readonly handler: ConsumerHandler;
  readonly logger: Logger;
  readonly onStopped: () => void;
}

/** Whoever is first in a group has all partitions; the next one takes over when it stops. */
export class MemoryConsumer implements Consumer {
  readonly #options: MemoryConsumerOptions;
  readonly #self = crypto.randomUUID();
  readonly #end = new AbortController();
  readonly #leave: () => void;
  /** Those that were there before; undefined: they are not known yet. */
  #before: ReadonlySet<string> | undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: MemoryConsumerOptions) {
    this.#options = options;
    this.#leave = options.store.join(`consumers of ${options.group}`, this.#self, (members) => this.#changed(members));
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
    this.#leave();
    this.#options.onStopped();
  }

  #changed(members: readonly string[]): void {
    this.#before ??= new Set(members.filter((member) => member !== this.#self));
    const isFirst = !members.some((member) => this.#before?.has(member));
    if (isFirst && !this.#end.signal.aborted)
      this.#running ??= Promise.all(this.#options.partitions.map(async (of) => await this.#run(of)));
  }

  /** The pump calls the handler as the port asks: one call at a time, retried, and the end reported. */
  async #run(of: TopicPartition): Promise<void> {
    const { store, maxBatchBytes, handler, logger } = this.#options;
    const { signal } = this.#end;
    const source = new MemoryPartition(store, of, maxBatchBytes, signal);
    await new PartitionPump({ of, source, handler, logger, signal }).run();
  }
}
