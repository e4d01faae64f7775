/** Reads that several share, where each has to begin after it was asked for: who asks while one runs gets the next one. */
export class SharedReads<T> {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<T>>();

  /** Reads what `key` stands for. Of those who share a reading, the first one's `read` is called. */
  read(key: string, read: () => Promise<T>): Promise<T> {
    const before = this.#running.get(key);
    if (before === undefined) return this.#run(key, read);
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const next = this.#after(before, key, read);
    this.#next.set(key, next);
    return next;
  }

  async #after(before: Promise<void>, key: string, read: () => Promise<T>): Promise<T> {
    await before;
    this.#next.delete(key);
    return await this.#run(key, read);
  }

  #run(key: string, read: () => Promise<T>): Promise<T> {
    const result = read();
    const over = this.#over(key, result);
    this.#running.set(key, over);
    return result;
  }

  async #over(key: string, result: Promise<T>): Promise<void> {
    await Promise.allSettled([result]);
    this.#running.delete(key);
  }
}
