import type { Item } from "./item.ts";

/** Live items that wait while history is read. Beyond the bound all are thrown away, and it is remembered that they were. */
export class HoldBack {
  readonly #bound: number;
  #items: Item[] = [];
  #hasOverflowed = false;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Whether items were thrown away since the last {@link clear}: what comes meanwhile isn't held. */
  get hasOverflowed(): boolean {
    return this.#hasOverflowed;
  }

  add(item: Item): void {
    if (this.#hasOverflowed) return;
    if (this.#items.length < this.#bound) {
      this.#items.push(item);
      return;
    }
    this.discard();
  }

  /** Throws away all that are held, and what comes from now on, until {@link clear}. */
  discard(): void {
    this.#items = [];
    this.#hasOverflowed = true;
  }

  /** Takes all that are held, in order. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** Begins anew, with nothing held. */
  clear(): void {
    this.#items = [];
    this.#hasOverflowed = false;
  }
}
