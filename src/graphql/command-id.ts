import { EventQLError } from "../errors.ts";

/** The longest id of a command, in bytes of UTF-8. */
const MAX_COMMAND_ID_BYTES = 200;

/** Checks that a text can be the id of a command. @throws EventQLError `BAD_USER_INPUT`. */
export function checkedCommandId(id: string): string {
  const bytes = Buffer.byteLength(id);
  if (id.isWellFormed() && bytes > 0 && bytes <= MAX_COMMAND_ID_BYTES) return id;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `The id of a command is a text of 1 to ${MAX_COMMAND_ID_BYTES} bytes of UTF-8; this one has ${bytes}${id.isWellFormed() ? "" : " and isn't Unicode"}.`,
  );
}
