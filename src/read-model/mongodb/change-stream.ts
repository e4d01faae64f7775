import type { ChangeStream, ChangeStreamDocument, ClientSession, Db, Filter as MongoFilter, Timestamp } from "mongodb";
import { cursorExpired } from "../change-errors.ts";
import type { DocumentChange, StoredDocument } from "../read-model.ts";
import { eventPosition } from "./change-position.ts";
import { toStoredForm } from "./mongo-values.ts";

/** A stream of the changes of documents in a database. */
export type DocumentStream = ChangeStream<StoredDocument, ChangeStreamDocument<StoredDocument>>;

/** What the stream tells. */
export type DocumentEvent = ChangeStreamDocument<StoredDocument>;

/** Which changes, from when on. */
export interface DocumentStreamOptions {
  readonly events: MongoFilter<DocumentEvent>;
  /** Events at this cluster time and later. */
  readonly from: Timestamp;
  /** How long the server waits for events before it answers that there are none. */
  readonly maxAwaitTimeMS: number;
  readonly session?: ClientSession;
}

/** The changes of all collections but EventQL's own. */
export const ALL_EVENTS: MongoFilter<DocumentEvent> = { "ns.coll": { $not: /^eventql_/ } };

/** The changes of one collection; what ends a database has no collection. */
export function eventsOf(collection: string): MongoFilter<DocumentEvent> {
  return { $or: [{ "ns.coll": { $in: [collection, null] } }, { "to.coll": collection }] };
}

/**
 * Opens a change stream on the database. The start is a time, never a token: a stream can't be resumed by a token that
 * its filter would leave out.
 *
 * EventQL's own writes carry their documents whole. `updateLookup` is for updates by foreign hands: their documents are
 * read when the event is, so they may be newer than the event.
 */
export function openDocumentStream(
  db: Db,
  { events, from, maxAwaitTimeMS, session }: DocumentStreamOptions,
): DocumentStream {
  return db.watch<StoredDocument>([{ $match: events }], {
    startAtOperationTime: from,
    fullDocument: "updateLookup",
    fullDocumentBeforeChange: "whenAvailable",
    readPreference: "primary",
    maxAwaitTimeMS,
    ...(session === undefined ? {} : { session }),
  });
}

/**
 * The change that an event tells; undefined for an event that changes no document of ours.
 * @throws EventQLError `CURSOR_EXPIRED` where documents changed that no event names.
 */
export function toChange(event: DocumentEvent): DocumentChange | undefined {
  switch (event.operationType) {
    case "insert":
      return change(event, "insert", event.fullDocument);
    case "replace":
    case "update":
      // An updated document that isn't there any more: its deletion is told later.
      return event.fullDocument ? change(event, "update", event.fullDocument) : undefined;
    case "delete":
      return change(event, "delete", undefined);
    case "drop":
    case "rename":
    case "dropDatabase":
    case "invalidate":
      throw cursorExpired(`a collection was ended by '${event.operationType}'`);
    default:
      return undefined;
  }
}

interface Origin {
  readonly _id: unknown;
  readonly ns: { readonly coll: string };
  readonly documentKey: { readonly _id: unknown };
  readonly fullDocumentBeforeChange?: StoredDocument;
}

function change(
  { _id: token, ns, documentKey, fullDocumentBeforeChange }: Origin,
  operation: DocumentChange["operation"],
  document: StoredDocument | undefined,
): DocumentChange | undefined {
  const id = documentKey._id;
  // Only foreign hands write documents whose key is no text.
  if (typeof id !== "string") return undefined;
  return {
    collection: ns.coll,
    id,
    operation,
    document: document && toStoredForm(document),
    // The server says null where it has none.
    previous: fullDocumentBeforeChange ? toStoredForm(fullDocumentBeforeChange) : undefined,
    position: eventPosition(token),
  };
}
