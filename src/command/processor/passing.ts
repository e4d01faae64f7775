/** Events in the order of their offsets, until the projection passes them. */
export class Passing {
  #keys: string[] = [];
  #offsets: number[] = [];
  #first = 0;

  /** Adds an event of a key. */
  push(key: string, offset: number): void {
    this.#keys.push(key);
    this.#offsets.push(offset);
  }

  /** Takes those before an offset. */
  before(offset: number): readonly string[] {
    let end = this.#first;
    while (end < this.#offsets.length && (this.#offsets[end] ?? 0) < offset) end += 1;
    const keys = this.#keys.slice(this.#first, end);
    this.#first = end;
    if (this.#first > 10_000 && 2 * this.#first > this.#keys.length) {
      this.#keys = this.#keys.slice(this.#first);
      this.#offsets = this.#offsets.slice(this.#first);
      this.#first = 0;
    }
    return keys;
  }
}
