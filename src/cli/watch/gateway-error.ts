import { EventQLError, errorCodes } from "../../errors.ts";

/** What a gateway has said, as an error of this process; a code that only a newer one knows becomes `BAD_USER_INPUT`. */
export function gatewayError(code: string | undefined, message: string): EventQLError {
  return new EventQLError(errorCodes.find((each) => each === code) ?? "BAD_USER_INPUT", message);
}
