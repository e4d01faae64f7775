import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const RANDOM_BYTES = 16;

/** Filled all at once: a call for each id costs more than all the rest of it. */
const pool = new Uint8Array(256 * RANDOM_BYTES);
let used = pool.length;

/** A new id: a UUIDv7 (RFC 9562), so that those of later milliseconds sort behind. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  return v7({ random });
}
