import { createHash } from "node:crypto";

/** Bytes before a message's Avro: a zero and the schema's id. */
const WIRE_HEADER_BYTES = 5;

/**
 * A hash of what an event says: of its type's full name and its Avro, whichever id the schema has. Equal events of one
 * version of a schema have equal hashes.
 * @param type the full Avro name
 * @param value in the Confluent wire format
 * @returns the first 128 bits of SHA-256, as 32 hexadecimal digits
 */
export function hashOf(type: string, value: Uint8Array): string {
  const hash = createHash("sha256").update(type).update("\0");
  return hash.update(value.subarray(WIRE_HEADER_BYTES)).digest("hex").slice(0, 32);
}
