import { EventQLError } from "../errors.ts";
import type { Position } from "./position.ts";
import { seal, unseal } from "./sealed-text.ts";

/** Says where an append landed; opaque to clients, who hand it back to read their own writes. */
export type Receipt = string;

/** Makes the receipt of a position. */
export function encodeReceipt({ topic, partition, offset }: Position): Receipt {
  return seal([topic, partition, offset]);
}

/**
 * Reads a receipt back.
 * @throws EventQLError `RECEIPT_INVALID` for anything that {@link encodeReceipt} did not make.
 */
export function decodeReceipt(receipt: Receipt): Position {
  const parsed = unseal(receipt);
  if (!Array.isArray(parsed)) throw invalid();
  const [topic, partition, offset]: unknown[] = parsed;
  if (typeof topic !== "string" || !isIndex(partition) || !isIndex(offset)) throw invalid();
  return { topic, partition, offset };
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
