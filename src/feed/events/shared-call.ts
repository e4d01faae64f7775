/** A call whose answer serves all who ask meanwhile: none of them gets an answer that is older than its question. */
export class SharedCall<T> {
  readonly #make: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** Calls; where a call is under way, the next one is shared. */
  call(): Promise<T> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  async #after(running: Promise<T>): Promise<T> {
    await Promise.allSettled([running]);
    this.#next = undefined;
    return await this.#start();
  }

  #start(): Promise<T> {
    const running = this.#make().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
