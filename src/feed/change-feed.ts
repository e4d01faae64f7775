import type { Filter, StoredDocument } from "../read-model/read-model.ts";
import type { Feed, FeedSink } from "./feed.ts";

/**
 * What a change means to one who follows a filter. `SNAPSHOT`: it was there at the beginning. `LEAVE`: it changed so that
 * it doesn't match any more (only where previous documents are kept). `RESET`: the documents are made anew from here on:
 * nothing that was told before counts any more, and all that there are follow as `SNAPSHOT`.
 */
export type ChangeOperation = "RESET" | "SNAPSHOT" | "INSERT" | "UPDATE" | "DELETE" | "LEAVE";

/** A committed state of a document. The same object goes to all who follow with the same filters. */
export interface ChangeItem {
  readonly operation: ChangeOperation;
  /** Empty for `RESET`. */
  readonly id: string;
  /** As it is now; undefined for `DELETE`, `LEAVE` and `RESET`. */
  readonly document: StoredDocument | undefined;
  /** As it was; undefined where it is new, or previous documents aren't kept. */
  readonly previous: StoredDocument | undefined;
  /** Where to go on after it. */
  readonly cursor: string;
}

/** What is to be known of documents in order to show them: the text of each column's type, by the column's name. */
export type Columns = ReadonlyMap<string, string>;

/** The text of a column of that type which nobody is shown. */
export function hiddenText(type: string): string {
  return `${HIDDEN}${type}`;
}

/** Whether a text is one of {@link hiddenText}: the column isn't named to anybody. */
export function isHidden(text: string): boolean {
  return text.startsWith(HIDDEN);
}

const HIDDEN = "hidden ";

/** Where the documents of an aggregate are. */
export interface Whereabouts {
  readonly collection: string;
  readonly columns: Columns;
}

/** What to follow. */
export interface ChangeRequest {
  /** Whose documents they are, whatever collection they are in. */
  readonly aggregate: string;
  /** Where they were when they were asked for: a feed that was told of another since then follows that. */
  readonly collection: string;
  /** Those that the subscriber counts on: documents without one of them, or with another type, end the delivery. */
  readonly columns: Columns;
  /** What the subscriber asked for. */
  readonly where: Filter;
  /** What the subscriber may see; undefined: everything. Nothing else is told, not even that it was deleted. */
  readonly scope: Filter | undefined;
  /** Whether to begin with the documents that there are. Not together with `after`. */
  readonly snapshot: boolean;
  /** A cursor to go on from. */
  readonly after: string | undefined;
}

/** Tells many subscribers the committed changes of documents, with one upstream for all. */
export interface ChangeFeed {
  /**
   * Resolves once everything from now (or from the cursor, or the snapshot) on will be delivered, nothing lost and
   * nothing twice. Nothing is delivered before that.
   * @throws EventQLError `CURSOR_INVALID`, `CURSOR_EXPIRED`, `LIMIT_EXCEEDED`, `READ_MODEL_UNAVAILABLE`.
   */
  subscribe(request: ChangeRequest, sink: FeedSink<ChangeItem>): Promise<Feed>;

  /**
   * Tells where the documents of aggregates are from now on. Whoever follows documents that moved gets a `RESET`, those
   * that there are in the new place, and then their changes; nothing of the old place comes after that. Whoever counts on
   * columns that aren't there any more ends with `PROJECTION_CHANGED` and the cursor. A cursor of another place is gone on
   * from with a `RESET` too.
   */
  moved(whereabouts: ReadonlyMap<string, Whereabouts>): void;

  /** Ends all deliveries with `SHUTTING_DOWN` and their cursors. */
  close(): Promise<void>;
}
