import type { ConsumerHandler, OffsetRange, RecordBatch } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { partitionId, type TopicPartition } from "../../src/model/position.ts";

/** A handler that keeps what it is told, and whose answers a test may replace. */
export class RecordingHandler implements ConsumerHandler {
  readonly received: LogRecord[] = [];
  readonly batches: RecordBatch[] = [];
  readonly assignments: (TopicPartition & { readonly range: OffsetRange })[] = [];
  readonly revocations: TopicPartition[] = [];
  /** The positions reported as caught up, by partition. */
  readonly caughtUpAt: Map<string, number[]> = new Map();
  /** Where delivery begins. */
  from: (of: TopicPartition, range: OffsetRange) => number | Promise<number> = (
    _of: TopicPartition,
    range: OffsetRange,
  ): number => range.low;
  /** Answers a batch, after it was kept. */
  apply: (batch: RecordBatch) => number | Promise<number> = (batch: RecordBatch): number => batch.next;

  async assigned(of: TopicPartition, range: OffsetRange): Promise<number> {
    this.assignments.push({ ...of, range });
    return this.from(of, range);
  }

  async records(batch: RecordBatch): Promise<number> {
    const next = await this.apply(batch);
    this.batches.push(batch);
    this.received.push(...batch.records);
    return next;
  }

  caughtUp(of: TopicPartition, next: number): void {
    const id = partitionId(of);
    this.caughtUpAt.set(id, [...(this.caughtUpAt.get(id) ?? []), next]);
  }

  async revoked(of: TopicPartition): Promise<void> {
    this.revocations.push(of);
  }

  /** The values delivered so far, as text. */
  values(): string[] {
    return this.received.map(({ value }) => (value === null ? "-" : Buffer.from(value).toString()));
  }

  /** The position last reported as caught up. */
  caughtUpTo(topic: string, partition: number): number | undefined {
    return this.caughtUpAt.get(partitionId({ topic, partition }))?.at(-1);
  }
}
