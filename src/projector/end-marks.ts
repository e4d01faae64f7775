import type { Session } from "./partition-session.ts";

/** That the log's end was reached. */
export interface ReachedEnd {
  /** Who reached it, and where it stood then. Absent: whoever has the partition. */
  readonly by?: { readonly session: Session; readonly next: number };
  /** Between `next` and here the log has nothing but markers of transactions, and what was aborted. */
  readonly end: number;
}

/** How soon, in ms, a checkpoint is moved to the log's end where nobody waits for it: seldom, for each event has a marker. */
const MARK_MS = 60_000;

/**
 * Has a checkpoint moved to the log's end, past what is no event: what the log removes when it expires must not look like
 * events that nobody applied.
 */
export class EndMarks {
  readonly #mark: (reached: ReachedEnd) => void;
  readonly #afterMs: number;
  #reached: ReachedEnd | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(mark: (reached: ReachedEnd) => void, afterMs: number = MARK_MS) {
    this.#mark = mark;
    this.#afterMs = afterMs;
  }

  /** A session has reached the end. */
  reached(session: Session | undefined, end: number): void {
    if (session === undefined || session.next >= end) return;
    this.#reached = { by: { session, next: session.next }, end };
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#tell(), this.#afterMs).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#reached !== undefined) this.#mark(this.#reached);
    this.#reached = undefined;
  }
}

/** Whether a session still stands where the end was reached from. */
export function standsAt({ by }: ReachedEnd, session: Session): boolean {
  return by === undefined || (by.session === session && by.next === session.next);
}
