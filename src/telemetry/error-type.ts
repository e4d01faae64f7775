import { isEventQLError } from "../errors.ts";

/** An error's code, as metrics and spans have it: `INTERNAL` where it has none. */
export function errorTypeOf(error: unknown): string {
  return isEventQLError(error) ? error.code : "INTERNAL";
}
