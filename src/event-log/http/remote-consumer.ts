import type { Logger } from "../../telemetry/logger.ts";
import type { Consumer, ConsumerHandler, EventLog, RangeRecords } from "../event-log.ts";
import { PartitionPump } from "../partition-pump.ts";
import type { TopicPartition } from "../../model/position.ts";
import { RemotePartition } from "./remote-partition.ts";

/** What a consumer needs. */
export interface RemoteConsumerOptions {
  readonly partitions: readonly TopicPartition[];
  readonly offsets: EventLog["offsets"];
  readonly poll: (of: TopicPartition, from: number, wait: boolean, signal: AbortSignal) => Promise<RangeRecords>;
  readonly handler: ConsumerHandler;
  readonly logger: Logger;
  readonly onStopped: () => void;
}

/** Delivers all partitions of some topics to a handler, each by requests of its own. */
export class RemoteConsumer implements Consumer {
  readonly #options: RemoteConsumerOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>[];

  constructor(options: RemoteConsumerOptions) {
    this.#options = options;
    this.#running = options.partitions.flatMap((of) => this.#begin(of));
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
    this.#options.onStopped();
  }

  #begin(of: TopicPartition): readonly Promise<void>[] {
    const { offsets, poll, handler, logger } = this.#options;
    const { signal } = this.#end;
    const source = new RemotePartition({
      of,
      range: async () => (await offsets(of.topic))[of.partition] ?? { low: 0, high: 0 },
      poll: async (from, wait, until) => await poll(of, from, wait, until),
      logger,
      signal,
    });
    return [source.run(), new PartitionPump({ of, source, handler, logger, signal }).run()];
  }
}
