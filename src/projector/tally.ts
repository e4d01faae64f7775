import type { Logger } from "../telemetry/logger.ts";
import type { FoldedBatch } from "./fold-batch.ts";
import type { PartitionStatus } from "./partition-status.ts";

/** Counts what a partition's projector has done since it was assigned, and tells of dead letters. */
export class Tally {
  #counts = { applied: 0, deadLetters: 0, absent: 0, existed: 0 };

  get counts(): Pick<PartitionStatus, "applied" | "deadLetters" | "absent" | "existed"> {
    return this.#counts;
  }

  /** A batch of so many items was committed. */
  add({ parked, setAside, absent, existed }: FoldedBatch, items: number, logger: Logger): void {
    for (const { record, code, reason } of parked.values())
      logger.warn({ offset: record.offset, code, reason }, "dead letter: key parked");
    for (const { item, waiting } of setAside) {
      const { code, reason } = item;
      if (!waiting && item.key === undefined) logger.warn({ offset: item.record.offset, code, reason }, "dead letter");
    }
    this.#counts.applied += items - setAside.length;
    this.#counts.deadLetters += setAside.length;
    this.#counts.absent += absent;
    this.#counts.existed += existed;
  }

  /** A transaction was made invalid. */
  invalidated(): void {
    this.#counts.applied += 1;
  }
}
