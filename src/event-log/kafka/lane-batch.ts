import { EventQLError, messageOf } from "../../errors.ts";
import { HEADER, type Headers } from "../../model/event.ts";
import type { Position, TopicPartition } from "../../model/position.ts";

/** A record on its way: its partition is settled, its size known. */
export interface LaneRecord extends TopicPartition {
  readonly key: Buffer;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
  /** An upper bound of its size on the wire. */
  readonly bytes: number;
  /** Bytes that one batch of its partition may have. */
  readonly maxBatchBytes: number;
}

/** The appends of a batch that go to one partition, in order. */
export interface LanePart extends TopicPartition {
  readonly appends: readonly PendingAppend[];
}

/** One append whose caller waits, or has stopped waiting. */
export class PendingAppend {
  readonly record: LaneRecord;
  /** Identifies the record's key within its topic. */
  readonly laneKey: string;
  /** When its caller stops waiting, in ms since the epoch. */
  readonly deadline: number;
  readonly #landed: PromiseWithResolvers<Position> = Promise.withResolvers();
  #settled = false;

  constructor(record: LaneRecord, deadline: number) {
    this.record = record;
    this.laneKey = `${record.topic}\n${record.key.toString("latin1")}`;
    this.deadline = deadline;
  }

  /** Where it landed. */
  get landed(): Promise<Position> {
    return this.#landed.promise;
  }

  /** Whether the caller has its answer. */
  get settled(): boolean {
    return this.#settled;
  }

  resolve(position: Position): void {
    this.#settled = true;
    this.#landed.resolve(position);
  }

  reject(error: EventQLError): void {
    this.#settled = true;
    this.#landed.reject(error);
  }

  /** The error for a caller whose record may or may not be written. */
  unknown(cause?: unknown): EventQLError {
    const { topic, partition, headers } = this.record;
    const why = cause === undefined ? "the log has not answered in time" : messageOf(cause);
    return new EventQLError(
      "APPEND_UNKNOWN",
      `Whether the event was appended to topic "${topic}" is not known: ${why}. Look for the event's id before trying again.`,
      { cause, details: { topic, partition, eventId: headers[HEADER.id] ?? null } },
    );
  }
}

/** The parts of a batch: by partition, in order of first appearance. */
export function groupByPartition(batch: readonly PendingAppend[]): LanePart[] {
  const parts = new Map<string, TopicPartition & { appends: PendingAppend[] }>();
  for (const append of batch) {
    const { topic, partition } = append.record;
    const id = `${partition}/${topic}`;
    const part = parts.get(id);
    if (part === undefined) parts.set(id, { topic, partition, appends: [append] });
    else part.appends.push(append);
  }
  return [...parts.values()];
}
