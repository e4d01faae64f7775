import { EventQLError } from "../errors.ts";
import type { Position } from "./position.ts";
import { seal, unseal } from "./sealed-text.ts";

/** Says where appends landed, or which command will say so; opaque to clients, who hand it back to read their own writes. */
export type Receipt = string;

/** What a receipt stands for. */
export type Receipted =
  /** Events of one topic: at least one, on different partitions. */
  | { readonly kind: "events"; readonly positions: readonly Position[] }
  /** A command that may not be decided yet; `topic` is that of its events. */
  | { readonly kind: "command"; readonly topic: string; readonly commandId: string };

/** No command has a longer id, in UTF-16 code units: who waits for one holds it in memory. */
const MAX_COMMAND_ID = 1_024;

/** Makes the receipt of events of one topic: the newest position of each partition is kept. */
export function encodeReceipt(...positions: readonly [Position, ...Position[]]): Receipt {
  const newest = new Map<number, number>();
  for (const { partition, offset } of positions)
    newest.set(partition, Math.max(offset, newest.get(partition) ?? offset));
  return seal([positions[0].topic, ...[...newest].flat()]);
}

/** Makes the receipt of a command. */
export function encodeCommandReceipt(topic: string, commandId: string): Receipt {
  return seal([topic, commandId]);
}

/**
 * Reads a receipt back.
 * @throws EventQLError `RECEIPT_INVALID` for anything that {@link encodeReceipt} and {@link encodeCommandReceipt} did not
 *   make.
 */
export function decodeReceipt(receipt: Receipt): Receipted {
  const parsed = unseal(receipt);
  if (!Array.isArray(parsed)) throw invalid();
  const [topic, ...rest]: unknown[] = parsed;
  if (typeof topic !== "string") throw invalid();
  const [commandId] = rest;
  if (typeof commandId === "string" && rest.length === 1 && commandId.length <= MAX_COMMAND_ID)
    return { kind: "command", topic, commandId };
  if (rest.length === 0 || rest.length % 2 !== 0 || !rest.every(isIndex)) throw invalid();
  const positions: Position[] = [];
  for (let at = 0; at < rest.length; at += 2) {
    const [partition = 0, offset = 0] = rest.slice(at, at + 2).filter(isIndex);
    positions.push({ topic, partition, offset });
  }
  return { kind: "events", positions };
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function invalid(): EventQLError {
  return new EventQLError(
    "RECEIPT_INVALID",
    "The receipt is not one that a mutation returned: pass it back unchanged.",
  );
}
