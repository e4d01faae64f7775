/** Characters of text that are kept: about a thousand documents of usual length, or 150 MB of what the longest become. */
const MAX_CHARACTERS = 524_288;

/**
 * Keeps what documents were parsed to, those that were asked for last. Clients make the documents up, and a parsed one
 * takes hundreds of times its text: so the length of all texts is bounded, not their number.
 */
export class DocumentCache<T> {
  readonly #bound: number;
  readonly #kept = new Map<string, T>();
  #characters = 0;

  /** `maxCharacters`: of all texts together. */
  constructor(maxCharacters: number = MAX_CHARACTERS) {
    this.#bound = maxCharacters;
  }

  /** What a text was parsed to; undefined: it isn't kept. */
  get(text: string): T | undefined {
    const found = this.#kept.get(text);
    if (found === undefined) return undefined;
    this.#kept.delete(text);
    this.#kept.set(text, found);
    return found;
  }

  /** Keeps it, in place of those that weren't asked for the longest. One that alone is too long isn't kept. */
  set(text: string, parsed: T): void {
    this.#remove(text);
    if (text.length > this.#bound) return;
    this.#kept.set(text, parsed);
    this.#characters += text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#characters <= this.#bound) return;
      this.#remove(oldest);
    }
  }

  #remove(text: string): void {
    if (this.#kept.delete(text)) this.#characters -= text.length;
  }
}
