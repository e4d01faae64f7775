import { crc32 } from "node:zlib";
import { EventQLError } from "../errors.ts";
import type { Position } from "./position.ts";

/** Says where an append landed; opaque to clients, who hand it back to read their own writes. */
export type Receipt = string;

/** Makes the receipt of a position. */
export function encodeReceipt({ topic, partition, offset }: Position): Receipt {
  const body = JSON.stringify([topic, partition, offset]);
  return Buffer.from(`${checksum(body)}${body}`).toString("base64url");
}

/**
 * Reads a receipt back.
 * @throws EventQLError `RECEIPT_INVALID` for anything that {@link encodeReceipt} did not make.
 */
export function decodeReceipt(receipt: Receipt): Position {
  const text = Buffer.from(receipt, "base64url").toString();
  const body = text.slice(8);
  if (checksum(body) !== text.slice(0, 8)) throw invalid();
  const parsed: unknown = JSON.parse(body);
  if (!Array.isArray(parsed)) throw invalid();
  const [topic, partition, offset]: unknown[] = parsed;
  if (typeof topic !== "string" || !isIndex(partition) || !isIndex(offset)) throw invalid();
  return { topic, partition, offset };
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
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
