import { EventQLError } from "../errors.ts";

/** The longest key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** Checks that a text can be an aggregate's key. @throws EventQLError `KEY_INVALID`. */
export function checkedKey(id: string): string {
  const bytes = Buffer.byteLength(id);
  if (id.isWellFormed() && bytes > 0 && bytes <= MAX_KEY_BYTES) return id;
  throw new EventQLError(
    "KEY_INVALID",
    `An id is a text of 1 to ${MAX_KEY_BYTES} bytes of UTF-8; this one has ${bytes}${id.isWellFormed() ? "" : " and isn't Unicode"}.`,
  );
}
