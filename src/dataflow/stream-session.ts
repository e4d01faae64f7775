import { EventQLError } from "../errors.ts";
import type { OffsetRange, PartitionOwner } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import { DEAD_LETTERS, PARKED_KEYS, ofPartition } from "../read-model/dead-letters.ts";
import type { StoredAside } from "./letters.ts";
import { type StreamServices, streamGroup } from "./stream-services.ts";

/** A partition of a stream's input in the hands of its owner. */
export interface StreamSession {
  readonly owner: PartitionOwner;
  /** Where the stream begins: behind what any owner has stored. */
  readonly from: number;
  /** What is stored of what is set aside, as this owner wrote it last. */
  stored: StoredAside;
  /** Keys whose events wait, and behind which offset. */
  readonly parked: Map<string, number>;
  /** Offsets of events from the stored position on that were set aside before. */
  readonly aside: ReadonlySet<number>;
}

/** Which partition to take over. */
export interface SessionOptions {
  readonly services: StreamServices;
  readonly stream: Stream;
  readonly of: TopicPartition;
  readonly range: OffsetRange;
  /** Of the topic. */
  readonly partitions: number;
}

/**
 * Takes a partition over, and reads what is set aside of it. Whoever owned it before can write neither outputs nor letters
 * any more.
 * @throws EventQLError `HISTORY_GONE` where the log doesn't have what comes next; then nobody owns it.
 */
export async function openStreamSession(options: SessionOptions): Promise<StreamSession> {
  const { services, stream, of, range } = options;
  const owner = await services.log.takeOver({ name: streamGroup(services.groupPrefix, stream.name), input: of });
  try {
    const from = owner.next ?? range.low;
    checkHistory(stream, of, from, await rangeAt(options, from));
    const checkpoint = await fenceLetters(options, from);
    const setAside = await readSetAside(options, from);
    return { owner, from, stored: { checkpoint, keys: new Set(setAside.parked.keys()) }, ...setAside };
  } catch (error) {
    await owner.release();
    throw error;
  }
}

/** Others may have gone on since this process looked, if it had to wait long: it looks again before it despairs. */
async function rangeAt({ services, of, range }: SessionOptions, from: number): Promise<OffsetRange> {
  if (from <= range.high) return range;
  return (await services.log.offsets(of.topic))[of.partition] ?? range;
}

/** The generation of a stream's checkpoint tells how often the partition was taken over: an older owner can't commit. */
async function fenceLetters({ services, stream, of, partitions }: SessionOptions, next: number): Promise<Checkpoint> {
  const { readModel } = services;
  const first = { projection: stream.name, ...of, next, generation: 0, partitions };
  const stored = await readModel.openCheckpoint(first);
  const checkpoint = { ...first, generation: stored.generation + 1 };
  const { status } = await readModel.commit({ checkpoint, from: stored.next, writes: [] });
  if (status === "committed") return checkpoint;
  throw new EventQLError("OWNER_FENCED", `Another process takes partition ${of.topic}/${of.partition} over right now.`);
}

async function readSetAside(
  { services, stream, of }: SessionOptions,
  from: number,
): Promise<Pick<StreamSession, "parked" | "aside">> {
  const own = ofPartition(stream.name, of);
  const parked = await services.readModel.find(PARKED_KEYS, { filter: own, fields: ["key", "offset"] });
  const filter = { ...own, offset: { $gte: from } };
  const letters = await services.readModel.find(DEAD_LETTERS, { filter, fields: ["offset"] });
  return {
    parked: new Map(parked.flatMap(({ key, offset }) => (typeof key === "string" ? [[key, Number(offset)]] : []))),
    aside: new Set(letters.flatMap(({ offset }) => (typeof offset === "number" ? [offset] : []))),
  };
}

/**
 * Whether a position is behind everything that was set aside before the partition was taken over. Until it is, nobody may
 * settle that: who takes over next would be given events again, and no letter would say that they are done with.
 */
export function hasPassedAside({ aside }: Pick<StreamSession, "aside">, position: number): boolean {
  for (const offset of aside) if (offset >= position) return false;
  return true;
}

function checkHistory({ name }: Stream, of: TopicPartition, next: number, { low, high }: OffsetRange): void {
  const partition = `Partition ${of.topic}/${of.partition}`;
  if (next < low) {
    throw new EventQLError(
      "HISTORY_GONE",
      `${partition} begins at offset ${low}, behind position ${next} of stream ${name}: events expired before it came to ` +
        "them. Lengthen the topic's retention; under another name the stream begins anew.",
    );
  }
  if (next <= high) return;
  throw new EventQLError(
    "HISTORY_GONE",
    `${partition} ends at offset ${high}, before position ${next} of stream ${name}: the topic was made anew or lost ` +
      "records. Point EventQL at the right cluster; under another name the stream begins anew.",
  );
}
