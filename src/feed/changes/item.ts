import type { StoredDocument } from "../../read-model/read-model.ts";
import type { ChangeItem, ChangeOperation } from "../change-feed.ts";
import { type Cursor, formatCursor } from "./cursor.ts";
import type { Meaning } from "./meaning.ts";

/** A change as subscribers get it. Its cursor is made when somebody asks, and once for all who share it. */
export class Item implements ChangeItem {
  readonly operation: ChangeOperation;
  readonly id: string;
  readonly document: StoredDocument | undefined;
  readonly previous: StoredDocument | undefined;
  /** How far who was given it has come. */
  readonly after: Cursor;
  #cursor: string | undefined;

  constructor({ operation, id, document, previous }: Meaning, after: Cursor) {
    this.operation = operation;
    this.id = id;
    this.document = document;
    this.previous = previous;
    this.after = after;
  }

  get cursor(): string {
    return (this.#cursor ??= formatCursor(this.after));
  }
}
