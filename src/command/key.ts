import { v5 as uuidv5 } from "uuid";
import { EventQLError } from "../errors.ts";
import { newId } from "../model/new-id.ts";

/** The longest key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

/** The namespace of keys that are made of the ids of commands: as fixed as UUIDv5 is, so that a repetition has the key. */
const KEYS_OF_COMMANDS = "19b109cd-abbb-4356-a8e2-3e44e3594368";

/** Checks that a text can be a record's key; `what` names it in the message. @throws EventQLError `KEY_INVALID`. */
export function checkedKey(key: string, what = "id"): string {
  if (key === "") throw new EventQLError("KEY_INVALID", `The ${what} is empty: leave it out to have one made.`);
  if (!key.isWellFormed())
    throw new EventQLError("KEY_INVALID", `The ${what} has a lone surrogate: it must be Unicode text.`);
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  throw new EventQLError(
    "KEY_INVALID",
    `The ${what} has more than ${MAX_KEY_BYTES} bytes of UTF-8: use a shorter one.`,
  );
}

/** A key for what is appended without one: the UUIDv5 of the client's `commandId` if there is one, else a UUIDv7. */
export function newKey(commandId: string | undefined): string {
  return commandId === undefined ? newId() : uuidv5(commandId, KEYS_OF_COMMANDS);
}
