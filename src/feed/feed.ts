import type { EventQLError } from "../errors.ts";

/**
 * Takes what a feed delivers, in order. Its bound is its own: a feed waits for room, and ends with `SUBSCRIBER_TOO_SLOW`
 * where there is none for long.
 */
export interface FeedSink<T> {
  /** Must not throw. */
  next(item: T): void;
  /** Whether what was taken but not passed on yet is within the bound. */
  hasRoom(): boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
  /** Nothing more comes; `details.cursor` of the error, where there is one, is that of the last item taken. */
  end(error: EventQLError): void;
}

/** A running delivery. */
export interface Feed {
  /** Where to go on from as long as nothing was delivered; absent where that can't be told. */
  readonly startCursor?: string | undefined;
  /** Ends it: nothing more is delivered, and `end` isn't called. May be repeated. */
  close(): void;
}
