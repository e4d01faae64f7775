/** Wakes the one who waits for a change; a change while nobody waits is remembered. The signal is a change too. */
export class Wake {
  #changed = false;
  #resume: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.notify(), { once: true });
  }

  /** Something changed. */
  notify(): void {
    this.#changed = true;
    this.#resume?.();
  }

  /** Resolves at the next change; at once if there was one since the last wait. */
  async wait(): Promise<void> {
    if (!this.#changed)
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    this.#resume = undefined;
    this.#changed = false;
  }
}
