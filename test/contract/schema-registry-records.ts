import { uniqueName } from "../support/real-stack.ts";

/** The text of a record in the contract's namespace. */
export function record(name: string, ...fields: readonly object[]): string {
  return JSON.stringify({ type: "record", name, namespace: "contract", fields });
}

/** A field with no default. */
export const name: object = { name: "name", type: "string" };
/** A field with a default. */
export const email: object = { name: "email", type: ["null", "string"], default: null };

/** A record's name that no other test uses. */
export function uniqueRecord(): string {
  return uniqueName("R").replaceAll("-", "_");
}
