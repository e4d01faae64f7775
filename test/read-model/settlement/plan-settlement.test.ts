import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/model/event.ts";
import type { StoredLetter } from "../../../src/read-model/dead-letters.ts";
import { type Settling, queueOf } from "../../../src/read-model/settlement/letter-queue.ts";
import { type SettlementPlan, planSettlement } from "../../../src/read-model/settlement/plan-settlement.ts";

const LIMITS = { events: 10, bytes: 1_000 };
const of = { topic: "t", partition: 0 };

function letter(offset: number, waiting: boolean, bytes = 1): StoredLetter {
  const key = Buffer.from("a");
  const record: LogRecord = { ...of, offset, timestamp: offset, key, value: new Uint8Array(bytes), headers: {} };
  const id = `p/t/0/${offset}`;
  return { id, record, code: waiting ? "KEY_PARKED" : "NOT_AVRO", reason: waiting ? "waits" : "bad", waiting };
}

const head = letter(1, false);
const [second, third] = [letter(2, true), letter(3, true)];
const all = [head, second, third];
const fault = { code: "EVENT_INVALID", reason: "again" } as const;

function plan(settling: Settling | undefined, applied: number, letters = all, limits = LIMITS): SettlementPlan {
  const queue = queueOf(letters, settling, limits);
  const isBad = applied < queue.events.length;
  const input = { projection: "p", of, key: "a", queue, settling, waiting: 5, isParked: true };
  return planSettlement({
    ...input,
    applied: Math.min(applied, queue.events.length),
    fault: isBad ? fault : undefined,
  });
}

const retry: Settling = { letter: head.id, action: "retry" };
const fix: Settling = { letter: head.id, action: "fix", value: new Uint8Array([7]) };
const skip: Settling = { letter: head.id, action: "skip" };

describe("the queue of a key's letters", () => {
  test("has the letter, with the bytes that it is given, and what waits behind it", () => {
    expect(queueOf(all, retry, LIMITS).events.map(({ record }) => record.offset)).toEqual([1, 2, 3]);
    expect(queueOf(all, fix, LIMITS).events[0]?.record.value).toEqual(new Uint8Array([7]));
    expect(queueOf(all, skip, LIMITS)).toMatchObject({ skipped: head, rest: undefined });
    expect(queueOf(all, skip, LIMITS).events.map(({ record }) => record.offset)).toEqual([2, 3]);
  });

  test("ends at the next dead letter, and where it is full", () => {
    const other = letter(3, false);
    expect(queueOf([head, second, other], skip, LIMITS)).toMatchObject({ rest: other });
    expect(queueOf(all, retry, { events: 2, bytes: 1_000 })).toMatchObject({ rest: third });
    expect(queueOf(all, retry, { events: 9, bytes: 2 })).toMatchObject({ rest: third });
    // One goes, however large.
    const large = letter(1, false, 9_000);
    expect(queueOf([large, second], retry, LIMITS)).toMatchObject({ events: [{ letter: large }], rest: second });
  });

  test("goes on with what waits, where the letter is settled", () => {
    expect(queueOf([second, third], undefined, LIMITS).events).toHaveLength(2);
  });
});

describe("the plan of a settlement", () => {
  test("frees the key where all is applied", () => {
    expect(plan(retry, 3)).toMatchObject({
      letters: { replacements: [], deletions: all.map(({ id }) => id) },
      parked: { deletions: ["p/t/0/a"] },
      settlement: undefined,
      isFreed: true,
      applied: 3,
      outcome: { status: "SETTLED", waiting: 5 },
    });
    expect(plan(skip, 2)).toMatchObject({
      letters: { deletions: all.map(({ id }) => id) },
      settlement: { record: head.record, settlement: { kind: "skip" } },
      isFreed: true,
    });
    expect(plan(fix, 3).settlement).toEqual({ record: head.record, settlement: { kind: "fix", value: fix.value } });
  });

  test("makes the event that fails the key's dead letter", () => {
    expect(plan(fix, 1)).toMatchObject({
      letters: { replacements: [{ _id: second.id, waiting: false, ...fault }], deletions: [head.id] },
      parked: { replacements: [{ _id: "p/t/0/a", offset: 2, ...fault }], deletions: [] },
      settlement: { settlement: { kind: "fix" } },
      isFreed: false,
      applied: 1,
      outcome: { status: "PARKED", letter: second.id, waiting: 6, ...fault },
    });
  });

  test("keeps a letter that fails again, after a retry with the new reason", () => {
    expect(plan(retry, 0)).toMatchObject({
      letters: { replacements: [{ _id: head.id, waiting: false, ...fault }], deletions: [] },
      parked: { replacements: [fault] },
      settlement: undefined,
      applied: 0,
      outcome: { status: "FAILED", letter: head.id, waiting: 7, ...fault },
    });
    const nothing = { inserts: [], replacements: [], deletions: [] };
    expect(plan(fix, 0)).toMatchObject({ letters: nothing, parked: nothing, settlement: undefined });
  });

  test("goes on where there is more, with the key parked behind what is left", () => {
    expect(plan(retry, 2, all, { events: 2, bytes: 1_000 })).toMatchObject({
      letters: { deletions: [head.id, second.id] },
      parked: { replacements: [{ offset: 3, code: "KEY_PARKED" }] },
      isFreed: false,
      outcome: undefined,
    });
  });

  test("stops at the next dead letter", () => {
    const other = letter(3, false);
    expect(plan(skip, 1, [head, second, other])).toMatchObject({
      parked: { replacements: [{ offset: 3, code: "NOT_AVRO" }] },
      isFreed: false,
      outcome: { status: "PARKED", letter: other.id, code: "NOT_AVRO", waiting: 5 },
    });
  });
});
