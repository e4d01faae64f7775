import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FetchedMessage, FetchedPartition } from "../../../src/event-log/kafka/fetch-cluster.ts";
import { toFetched } from "../../../src/event-log/kafka/fetched.ts";

const OF = { topic: "t", partition: 3 };
const ABORT = Buffer.from([0, 0, 0, 0, 9]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

function message(offset: number, changes: Partial<FetchedMessage> = {}): FetchedMessage {
  const batchContext = { firstOffset: String(offset), lastOffsetDelta: 0, producerId: "-1", inTransaction: false };
  return { offset: String(offset), timestamp: "7", key: Buffer.from("k"), value: null, batchContext, ...changes };
}

/** A record, or a marker, of a producer's transaction. */
function transactional(offset: number, producerId: string, marker?: Buffer): FetchedMessage {
  const batchContext = { firstOffset: String(offset), lastOffsetDelta: 0, producerId, inTransaction: true };
  return message(offset, marker ? { batchContext, isControlRecord: true, key: marker } : { batchContext });
}

const partition = (messages: FetchedMessage[], changes: Partial<FetchedPartition> = {}): FetchedPartition => ({
  highWatermark: "100",
  lastStableOffset: "90",
  abortedTransactions: [],
  messages,
  ...changes,
});
const offsetsOf = (from: number, fetched: FetchedPartition): number[] =>
  toFetched(OF, from, fetched).records.map(({ offset }) => offset);

describe("what was fetched", () => {
  test("is converted, and begins where it was to", () => {
    const headers = { a: Buffer.from("1"), b: [Buffer.from("2"), Buffer.from("3")] };
    const fetched = toFetched(OF, 5, partition([message(4), message(5, { headers }), message(6, { key: null })]));
    expect(fetched).toMatchObject({ next: 7, end: 90 });
    expect(fetched.records).toMatchObject([
      { topic: "t", partition: 3, offset: 5, timestamp: 7, value: null, headers: { a: "1", b: "3" } },
      { offset: 6, key: null, headers: {} },
    ]);
  });

  test("goes on behind what was compacted away, and step by step where nothing is known of that", () => {
    const batchContext = { firstOffset: "10", lastOffsetDelta: 9, producerId: "1", inTransaction: false };
    expect(toFetched(OF, 10, partition([message(12, { batchContext })])).next).toBe(20);
    expect(toFetched(OF, 15, partition([message(12, { batchContext })]))).toMatchObject({ records: [], next: 20 });
    expect(toFetched(OF, 15, partition([])).next).toBe(16);
    expect(toFetched(OF, 90, partition([])).next).toBe(90);
  });

  test("takes records of before Kafka had batches of them", () => {
    const old = { offset: "3", timestamp: "7", key: null, value: Buffer.from("v") };
    const fetched = { highWatermark: "4", abortedTransactions: null, messages: [old] };
    expect(toFetched(OF, 0, fetched)).toMatchObject({ records: [{ offset: 3 }], next: 4, end: 4 });
  });

  test("has neither markers nor aborted records, in whichever order transactions ended", () => {
    const messages = [
      transactional(5, "a"),
      transactional(6, "b"),
      transactional(7, "b", ABORT),
      transactional(8, "b"),
      message(9, { key: ABORT }),
      transactional(10, "a"),
      transactional(11, "a", ABORT),
      transactional(12, "b", COMMIT),
    ];
    // Kafka lists them by their ends.
    const abortedTransactions = [
      { producerId: "b", firstOffset: "6" },
      { producerId: "a", firstOffset: "5" },
    ];
    const fetched = partition(messages, { abortedTransactions });
    expect(offsetsOf(0, fetched)).toEqual([8, 9]);
    expect(toFetched(OF, 0, fetched).next).toBe(13);
  });

  test("has no aborted records where it begins within several transactions", () => {
    const messages = [transactional(10, "b"), transactional(11, "a"), transactional(12, "c")];
    const abortedTransactions = ["a", "b"].map((producerId, index) => ({ producerId, firstOffset: String(3 + index) }));
    expect(offsetsOf(10, partition(messages, { abortedTransactions }))).toEqual([12]);
  });

  test("is what was committed, whatever producers do at the same time", () => {
    const step = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("write", "write", "commit", "abort"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat({ max: 40 }), (steps, from) => {
        const messages: FetchedMessage[] = [];
        const open = new Map<string, number[]>();
        const aborted: { producerId: string; firstOffset: string; end: number }[] = [];
        const committed: number[] = [];
        const ends = ["a", "b", "c"].map((producer) => [producer, "commit"] as const);
        for (const [offset, [producerId, what]] of [...steps, ...ends].entries()) {
          const written = open.get(producerId) ?? [];
          if (what === "write") {
            messages.push(transactional(offset, producerId));
            open.set(producerId, [...written, offset]);
            continue;
          }
          messages.push(transactional(offset, producerId, what === "abort" ? ABORT : COMMIT));
          open.delete(producerId);
          if (what === "commit") committed.push(...written);
          else if (written[0] !== undefined) aborted.push({ producerId, firstOffset: String(written[0]), end: offset });
        }
        const fetched = messages.filter(({ offset }) => Number(offset) >= from);
        // A broker lists the aborted transactions that had not ended before.
        const abortedTransactions = aborted.filter(({ end }) => end >= from);
        const expected = committed.filter((offset) => offset >= from).sort((a, b) => a - b);
        expect(offsetsOf(from, partition(fetched, { abortedTransactions }))).toEqual(expected);
      }),
    );
  });
});
