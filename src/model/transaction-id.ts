import { HEADER, type Headers } from "./event.ts";

/** The id of the transaction that an event is of, by its headers; undefined: it is of none. */
export function transactionOf(headers: Headers): number | undefined {
  const text = headers[HEADER.transaction];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
