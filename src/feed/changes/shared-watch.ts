import type { EventQLError } from "../../errors.ts";
import type { ChangeListener, ChangeWatch, DocumentChange } from "../../read-model/read-model.ts";

/** A watch of the read model that all subscribers share, with how far it has come. */
export class SharedWatch implements ChangeListener {
  readonly #tell: (change: DocumentChange) => void;
  readonly #onLost: (error: EventQLError) => void;
  #watch: ChangeWatch | undefined;
  #isTelling = false;
  #told = "";
  #settled = "";
  #ended: EventQLError | undefined;
  #isStopped = false;

  constructor(tell: (change: DocumentChange) => void, onLost: (error: EventQLError) => void) {
    this.#tell = tell;
    this.#onLost = onLost;
  }

  /** Why it ended by itself. */
  get lostBy(): EventQLError | undefined {
    return this.#ended;
  }

  opened(watch: ChangeWatch): void {
    this.#watch = watch;
  }

  changed(change: DocumentChange): void {
    if (this.#isStopped) return;
    this.#told = change.position;
    this.#isTelling = true;
    try {
      this.#tell(change);
    } finally {
      this.#isTelling = false;
      this.#settled = change.position;
    }
  }

  lost(error: EventQLError): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#ended = error;
    this.#onLost(error);
  }

  /** No change up to here will be told any more: a subscriber that joins now is told all that come after it. */
  told(): string {
    return later(this.#watch?.position() ?? "", this.#told);
  }

  /** All changes up to here were told to every subscriber: the one that is being told now isn't among them. */
  settled(): string {
    return this.#isTelling ? this.#settled : this.told();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watch?.stop();
  }
}

/** The later of two positions. */
export function later(a: string, b: string): string {
  return a > b ? a : b;
}
