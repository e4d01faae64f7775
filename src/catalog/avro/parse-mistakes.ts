import { EventQLError } from "../../errors.ts";

/** Of a schema's mistakes, how many a message lists. */
const MAX_LISTED = 20;

/** The longest path in UTF-16 code units that is shown whole. */
const MAX_PATH = 200;

/** A mistake with its place: fields from the schema's root, joined by dots. */
export function mistakeAt(path: string, what: string): string {
  return path === "" ? what : `at ${shortened(path)}, ${what}`;
}

/** The error of a schema's mistakes: it lists them, and has all of them in its details. */
export function invalidSchema(mistakes: readonly string[]): EventQLError {
  const distinct = [...new Set(mistakes)];
  const more = distinct.length > MAX_LISTED ? `; and ${distinct.length - MAX_LISTED} more` : "";
  const list = distinct.slice(0, MAX_LISTED).join("; ");
  return new EventQLError("SCHEMA_INVALID", `The schema is not valid Avro: ${list}${more}.`, {
    details: { mistakes: distinct },
  });
}

function shortened(path: string): string {
  return path.length <= MAX_PATH ? path : `${path.slice(0, MAX_PATH / 2)} … ${path.slice(-MAX_PATH / 2)}`;
}
