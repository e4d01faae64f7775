import type { LogRecord } from "../../model/event.ts";
import type { SettleAction } from "../../model/settlement.ts";
import type { StoredLetter } from "../dead-letters.ts";

/** An event of a key that is to be applied, and where it was kept. */
export interface QueuedEvent {
  readonly letter: StoredLetter;
  /** Of a letter that is fixed, with the bytes that it was given. */
  readonly record: LogRecord;
}

/** What is to be done about the letters of a key, in their order. */
export interface LetterQueue {
  /** What is to be applied. */
  readonly events: readonly QueuedEvent[];
  /** The letter that is left out. */
  readonly skipped: StoredLetter | undefined;
  /** The first one that stays where it is: another dead letter, or one for another time; undefined: nothing stays. */
  readonly rest: StoredLetter | undefined;
}

/** What is asked of a letter; undefined: it is settled, and what waits behind it goes on. */
export interface Settling {
  readonly letter: string;
  readonly action: SettleAction;
  readonly value?: Uint8Array;
}

/** How much is applied in one transaction, at the most. */
export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

/** Queues the letters of a key: up to the next dead letter, or as many as one transaction takes. */
export function queueOf(
  letters: readonly StoredLetter[],
  settling: Settling | undefined,
  { events: maxEvents, bytes: maxBytes }: QueueLimits,
): LetterQueue {
  const events: QueuedEvent[] = [];
  let skipped: StoredLetter | undefined;
  let bytes = 0;
  for (const letter of letters) {
    const isAsked = letter.id === settling?.letter;
    if (isAsked && settling.action === "skip") {
      skipped = letter;
      continue;
    }
    const record =
      isAsked && settling.value !== undefined ? { ...letter.record, value: settling.value } : letter.record;
    bytes += record.value?.byteLength ?? 0;
    const isFull = events.length >= maxEvents || (events.length > 0 && bytes > maxBytes);
    if ((!isAsked && !letter.waiting) || isFull) return { events, skipped, rest: letter };
    events.push({ letter, record });
  }
  return { events, skipped, rest: undefined };
}
