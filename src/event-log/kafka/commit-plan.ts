import type { Message } from "kafkajs";
import { partitionId, type Position } from "../../model/position.ts";
import type { PlacedRecord } from "../event-log.ts";
import { BATCH_OVERHEAD, recordBytes, tooLarge } from "../record-size.ts";

/** What is sent at once: at most one batch of each partition. */
export type CommitRound = readonly PlacedRecord[];

/** Bytes of one request: a broker takes 100 MiB. */
const ROUND_BYTES = 16 * 1024 * 1024;

/**
 * Parts the records of a commit into rounds, which are sent one after the other: those of a partition stay in their
 * order, and none of its batches is larger than its topic takes.
 * @param maxBytesOf the largest batch of a topic
 * @throws EventQLError `EVENT_TOO_LARGE`
 */
export function planCommit(
  records: readonly PlacedRecord[],
  maxBytesOf: (topic: string) => number,
  roundBytes: number = ROUND_BYTES,
): CommitRound[] {
  const rounds: { records: PlacedRecord[]; bytes: number; batches: Map<string, number> }[] = [];
  const lastRounds = new Map<string, number>();
  for (const record of records) {
    const bytes = recordBytes(record.key, record.value, record.headers);
    const maxBytes = maxBytesOf(record.topic);
    if (bytes + BATCH_OVERHEAD > maxBytes) throw tooLarge(record.topic, bytes, maxBytes);
    const id = partitionId(record);
    for (let at = lastRounds.get(id) ?? 0; ; at += 1) {
      const round = (rounds[at] ??= { records: [], bytes: 0, batches: new Map() });
      const batch = (round.batches.get(id) ?? BATCH_OVERHEAD) + bytes;
      const full = round.records.length > 0 && round.bytes + bytes > roundBytes;
      if (full || batch > maxBytes) continue;
      round.records.push(record);
      round.bytes += bytes;
      round.batches.set(id, batch);
      lastRounds.set(id, at);
      break;
    }
  }
  return rounds.map((round) => round.records);
}

/** A round as kafkajs sends it. */
export function toTopicMessages(round: CommitRound): { topic: string; messages: Message[] }[] {
  return [...Map.groupBy(round, ({ topic }) => topic)].map(([topic, records]) => ({
    topic,
    messages: groupedMessages(
      records.map(({ key, value, headers, partition }) => ({
        key,
        value: value && bufferOf(value),
        headers,
        partition,
      })),
    ),
  }));
}

/**
 * Messages whose partitions are given, so that they group themselves: kafkajs reduces them to those of each partition, and
 * copies for each message all that came before it.
 */
function groupedMessages(messages: Message[]): Message[] {
  const grouped = (): unknown => Object.fromEntries(Map.groupBy(messages, ({ partition }) => partition));
  return Object.defineProperty(messages, "reduce", { value: grouped });
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Where the first record of each partition of a round has landed, by the partition's id. */
export type Landed = ReadonlyMap<string, Position>;

/** Whether every record of a round has landed where it must. */
export function landedWell(round: CommitRound, landed: Landed): boolean {
  const counts = new Map<string, number>();
  return round.every((record) => {
    const id = partitionId(record);
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    return record.offset === undefined || record.offset === (landed.get(id)?.offset ?? 0) + count;
  });
}
