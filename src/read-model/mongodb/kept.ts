import QuickLRU from "quick-lru";

/** How many values are kept. */
const MAX_SIZE = 1_000;

/** Keeps what was asked for, for some time; those who ask meanwhile share the answer. */
export class Kept<T> {
  readonly #values: QuickLRU<string, Promise<T>>;

  /** `maxAge`: in ms. */
  constructor(maxAge: number) {
    this.#values = new QuickLRU({ maxSize: MAX_SIZE, maxAge });
  }

  forget(name: string): void {
    this.#values.delete(name);
  }

  /** What is kept under a name; else it is asked for. What fails isn't kept. */
  async get(name: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const asked = ask();
    this.#values.set(name, asked);
    try {
      return await asked;
    } catch (error) {
      this.#values.delete(name);
      throw error;
    }
  }
}
