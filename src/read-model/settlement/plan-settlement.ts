import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { SettleOutcome } from "../../model/settlement.ts";
import { type Fault, type StoredLetter, deadLetter, parkedKey, parkedKeyId } from "../dead-letters.ts";
import type { CollectionWrites, StoredDocument } from "../read-model.ts";
import type { LetterQueue, Settling } from "./letter-queue.ts";
import type { Settlement } from "./settlements.ts";

/** Writes to a collection of ours. */
export type OwnWrites = Omit<CollectionWrites, "collection">;

/** What planning works with. */
export interface SettlementInput {
  /** The name of the projection, or stream. */
  readonly projection: string;
  readonly of: TopicPartition;
  readonly key: string;
  readonly queue: LetterQueue;
  readonly settling: Settling | undefined;
  /** How many of the queue's events could be applied, from the first one on. */
  readonly applied: number;
  /** Why the next one couldn't; undefined: all could. */
  readonly fault: Fault | undefined;
  /** Events of the key that wait, as far as they aren't in the queue. */
  readonly waiting: number;
  /** Whether the key is parked as far as is stored. */
  readonly isParked: boolean;
}

/** What settling a letter, or a part of it, comes to. */
export interface SettlementPlan {
  readonly letters: OwnWrites;
  readonly parked: OwnWrites;
  /** What is kept of the letter's event, for whoever reads it again. */
  readonly settlement: { readonly record: LogRecord; readonly settlement: Settlement } | undefined;
  /** Whether the key's events wait no more. */
  readonly isFreed: boolean;
  /** Events that are applied. */
  readonly applied: number;
  /** Undefined: there is more to apply. */
  readonly outcome: Omit<SettleOutcome, "applied"> | undefined;
}

const NOTHING: OwnWrites = { inserts: [], replacements: [], deletions: [] };

/** Why a key is parked whose letters are being applied. */
const GOING_ON: Fault = {
  code: "KEY_PARKED",
  reason: "Its dead letter is settled: the events that waited are applied.",
};

/** Plans what is written about the letters of a key: pure. */
export function planSettlement(input: SettlementInput): SettlementPlan {
  const { queue, settling, fault } = input;
  const failed = fault === undefined ? undefined : queue.events[input.applied];
  if (fault === undefined || failed === undefined) return appliedPlan(input);
  return failed.letter.id === settling?.letter
    ? failedPlan(input, failed.letter, fault)
    : parkedPlan(input, failed.letter, fault);
}

/** All that was queued is applied. */
function appliedPlan(input: SettlementInput): SettlementPlan {
  const { queue, waiting } = input;
  const { rest } = queue;
  const goesOn = rest?.waiting === true;
  return {
    letters: { ...NOTHING, deletions: settledLetters(input) },
    parked: rest === undefined ? freed(input) : parkedAt(input, rest.record, goesOn ? GOING_ON : rest),
    settlement: settlementOf(input),
    isFreed: rest === undefined,
    applied: queue.events.length,
    outcome: goesOn
      ? undefined
      : rest === undefined
        ? { status: "SETTLED", waiting }
        : parkedBehind(rest, rest, waiting),
  };
}

/** An event that waited fails: it is the key's dead letter now. */
function parkedPlan(input: SettlementInput, failed: StoredLetter, fault: Fault): SettlementPlan {
  const { queue, applied } = input;
  return {
    letters: { inserts: [], replacements: [again(input, failed, fault)], deletions: settledLetters(input) },
    parked: parkedAt(input, failed.record, fault),
    settlement: settlementOf(input),
    isFreed: false,
    applied,
    outcome: parkedBehind(failed, fault, input.waiting + queue.events.length - applied - 1),
  };
}

/** The letter itself can't be applied. What didn't help isn't kept; of a retry, the reason is. */
function failedPlan(input: SettlementInput, letter: StoredLetter, fault: Fault): SettlementPlan {
  const { queue, settling, waiting } = input;
  const isNew = settling?.action === "retry" && (letter.code !== fault.code || letter.reason !== fault.reason);
  return {
    letters: isNew ? { ...NOTHING, replacements: [again(input, letter, fault)] } : NOTHING,
    parked: isNew ? parkedAt(input, letter.record, fault) : NOTHING,
    settlement: undefined,
    isFreed: false,
    applied: 0,
    outcome: { ...parkedBehind(letter, fault, waiting + queue.events.length - 1), status: "FAILED" },
  };
}

function settledLetters({ queue: { skipped, events }, applied }: SettlementInput): readonly string[] {
  const letters = [
    ...(skipped === undefined ? [] : [skipped]),
    ...events.slice(0, applied).map(({ letter }) => letter),
  ];
  return letters.map(({ id }) => id);
}

function again({ projection }: SettlementInput, { id, record }: StoredLetter, fault: Fault): StoredDocument {
  return { ...deadLetter(projection, record, fault, false), _id: id };
}

function parkedAt({ projection, key, isParked }: SettlementInput, record: LogRecord, fault: Fault): OwnWrites {
  const stored = [parkedKey(projection, key, record, fault)];
  return isParked ? { ...NOTHING, replacements: stored } : { ...NOTHING, inserts: stored };
}

function freed({ projection, of, key, isParked }: SettlementInput): OwnWrites {
  return isParked ? { ...NOTHING, deletions: [parkedKeyId(projection, of, key)] } : NOTHING;
}

function settlementOf({ queue, settling }: SettlementInput): SettlementPlan["settlement"] {
  if (queue.skipped !== undefined) return { record: queue.skipped.record, settlement: { kind: "skip" } };
  if (settling?.value === undefined) return undefined;
  const fixed = queue.events.find(({ letter }) => letter.id === settling.letter);
  return fixed && { record: fixed.letter.record, settlement: { kind: "fix", value: settling.value } };
}

function parkedBehind(
  { id: letter }: StoredLetter,
  { code, reason }: Fault,
  waiting: number,
): Omit<SettleOutcome, "applied"> {
  return { status: "PARKED", waiting, letter, code, reason };
}
