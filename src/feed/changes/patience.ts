import type { FeedSink } from "../feed.ts";
import { waitForRoom } from "./room.ts";

/** How long one may be waited for. Times in ms. */
export interface PatienceOptions {
  /** How long it may be without room at a time. */
  readonly stallMs: number;
  /** How long its reading may wait for room while others can't read, in all. */
  readonly graceMs: number;
  /** Whether others wait until they can read. */
  readonly othersWait: () => boolean;
}

/** How long a reading waits for its sink: others who want to read must not wait for one that takes nothing. */
export class Patience {
  readonly #options: PatienceOptions;
  /** How long the reading has waited for room that came, in ms. */
  #heldUpMs = 0;
  #waitedMs = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** How long there has been no room at the end of the last wait, in ms; 0 where room came. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Waits for room, or until the signal. Resolves with whether there is; where not, the reading is to be given up. */
  async wait(sink: Pick<FeedSink<never>, "hasRoom" | "room">, signal: AbortSignal): Promise<boolean> {
    const since = performance.now();
    this.#waitedMs = 0;
    // In short spells: others may come meanwhile.
    for (let ms = this.#spell(); ms > 0 && !signal.aborted; ms = this.#spell()) {
      if (await waitForRoom(sink, ms, signal)) {
        this.#heldUpMs += performance.now() - since;
        this.#waitedMs = 0;
        return true;
      }
      this.#waitedMs += ms;
    }
    return false;
  }

  #spell(): number {
    const { stallMs, graceMs, othersWait } = this.#options;
    const left = stallMs - this.#waitedMs;
    return Math.min(left, othersWait() ? graceMs - this.#waitedMs - this.#heldUpMs : graceMs);
  }
}
