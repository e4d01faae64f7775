import type { Change } from "./change.ts";
import { plainText } from "../plain-text.ts";

/** Watched documents as they are now. */
export class Rows {
  readonly #documents = new Map<string, Readonly<Record<string, unknown>>>();
  #changes = 0;

  /** How many documents there are. */
  get size(): number {
    return this.#documents.size;
  }

  /** How many times one has changed, come or gone. */
  get changes(): number {
    return this.#changes;
  }

  /** The documents that changed last stand last. */
  apply({ operation, id, document }: Change): void {
    if (operation === "RESET") {
      this.clear();
      return;
    }
    if (operation !== "SNAPSHOT") this.#changes += 1;
    this.#documents.delete(id);
    if (document !== null) this.#documents.set(id, document);
  }

  clear(): void {
    this.#documents.clear();
  }

  /** The last documents as cells. */
  cells(columns: readonly string[], most: number): readonly (readonly string[])[] {
    const shown = this.#documents.values().drop(Math.max(0, this.size - most));
    return [...shown].map((document) => columns.map((column) => cellOf(document[column])));
  }
}

/** One line of text: lists and objects as JSON, and nothing that a terminal would obey. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return plainText(text);
}
