/** A change of a watched document. */
export interface Change {
  readonly operation: "RESET" | "SNAPSHOT" | "INSERT" | "UPDATE" | "DELETE" | "LEAVE";
  /** Empty for `RESET`. */
  readonly id: string;
  readonly cursor: string;
  /** The document's columns; null where it is no longer there. */
  readonly document: Readonly<Record<string, unknown>> | null;
}
