import type { Filter, StoredDocument } from "../read-model/read-model.ts";
import type { Feed, FeedSink } from "./feed.ts";

/**
 * What a change means to one who follows a filter. `SNAPSHOT`: it was there at the beginning. `LEAVE`: it changed so that
 * it doesn't match any more (only where previous documents are kept).
 */
export type ChangeOperation = "SNAPSHOT" | "INSERT" | "UPDATE" | "DELETE" | "LEAVE";

/** A committed state of a document. The same object goes to all who follow with the same filters. */
export interface ChangeItem {
  readonly operation: ChangeOperation;
  readonly id: string;
  /** As it is now; undefined for `DELETE` and `LEAVE`. */
  readonly document: StoredDocument | undefined;
  /** As it was; undefined where it is new, or previous documents aren't kept. */
  readonly previous: StoredDocument | undefined;
  /** Where to go on after it. */
  readonly cursor: string;
}

/** What to follow. */
export interface ChangeRequest {
  readonly collection: string;
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

  /** Ends all deliveries with `SHUTTING_DOWN` and their cursors. */
  close(): Promise<void>;
}
