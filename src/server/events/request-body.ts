import type { IncomingMessage } from "node:http";
import { EventQLError, messageOf } from "../../errors.ts";

/** The media type of a request's body, in lower case, without parameters; empty: it says none. */
export function mediaTypeOf({ headers }: IncomingMessage): string {
  return (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/**
 * Reads a body of JSON; whole numbers beyond 2⁵³ stay exact, as text.
 * @throws EventQLError `EVENT_TOO_LARGE` where it has more than so many bytes, `BAD_USER_INPUT` where it is no JSON.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const data = Buffer.from(chunk);
    bytes += data.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(data);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString(), exactNumber);
  } catch (error) {
    throw new EventQLError("BAD_USER_INPUT", `The request's body is not JSON: ${messageOf(error)}.`);
  }
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}

function tooLarge(maxBytes: number): EventQLError {
  return new EventQLError(
    "EVENT_TOO_LARGE",
    `The request's body is larger than ${maxBytes} bytes: send fewer events at a time, or smaller ones.`,
    { details: { maxBytes } },
  );
}
