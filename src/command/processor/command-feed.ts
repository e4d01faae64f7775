import { once } from "node:events";
import type { ConsumerHandler } from "../../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../../model/position.ts";
import type { PartitionRunner } from "./partition-runner.ts";

/**
 * Hands the commands of all partitions to their runners. A partition that isn't this process's waits in a promise that
 * stays open: that is back-pressure, and costs nothing.
 */
export class CommandFeed implements ConsumerHandler {
  readonly #runners: ReadonlyMap<string, PartitionRunner>;
  readonly #signal: AbortSignal;

  constructor(runners: ReadonlyMap<string, PartitionRunner>, signal: AbortSignal) {
    this.#runners = runners;
    this.#signal = signal;
  }

  assigned: ConsumerHandler["assigned"] = async (of) => {
    const runner = this.#runnerOf(of);
    if (runner !== undefined) return await runner.begin(this.#signal);
    if (!this.#signal.aborted) await once(this.#signal, "abort");
    throw this.#signal.reason;
  };

  records: ConsumerHandler["records"] = async (batch) =>
    (await this.#runnerOf(batch)?.apply(batch, this.#signal)) ?? batch.next;

  caughtUp: ConsumerHandler["caughtUp"] = (of) => {
    this.#runnerOf(of)?.caughtUp();
  };

  revoked: ConsumerHandler["revoked"] = async () => {};

  #runnerOf(of: TopicPartition): PartitionRunner | undefined {
    return this.#runners.get(partitionId(of));
  }
}
