/** Work on one thing, one piece after the other in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when everything before is over, however that ended. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#after(this.#last, work);
    this.#last = Promise.allSettled([turn]);
    return await turn;
  }

  async #after<T>(before: Promise<unknown>, work: () => Promise<T>): Promise<T> {
    await before;
    return await work();
  }
}
