import type { Db, MongoClient } from "mongodb";
import { cursorExpired, cursorInvalid } from "../change-errors.ts";
import type { DocumentChange, ReadChangesOptions } from "../read-model.ts";
import { eventPosition, positionTime, timeAfter, tokenTime } from "./change-position.ts";
import { type DocumentStream, eventsOf, openDocumentStream, toChange } from "./change-stream.ts";
import { type ClusterNow, clusterNow } from "./cluster-time.ts";

/** ms that the server waits for more events before it answers that there are none. */
const MAX_AWAIT_MS = 50;

/** s that a position of another process may be ahead of what this one's server knows. */
const CLOCK_ALLOWANCE_S = 60;

/** Reads the changes of a collection within `(after, until]` from a change stream of its own, at the reader's pace. */
export async function* readMongoChanges(
  client: MongoClient,
  db: Db,
  { collection, after, until, signal }: ReadChangesOptions,
): AsyncGenerator<DocumentChange, void> {
  const [from, end] = [timeAfter(after), positionTime(until)];
  const now = await clusterNow(db);
  if (from.t > now.time.t + CLOCK_ALLOWANCE_S) throw cursorInvalid("it is of a time to come");
  if (after >= until) return;
  const session = client.startSession({ causalConsistency: true });
  // The server answers only when all up to the end can be seen.
  session.advanceOperationTime(end);
  const events = eventsOf(collection);
  const stream = openDocumentStream(db, { events, from, maxAwaitTimeMS: MAX_AWAIT_MS, session });
  const onAbort = (): void => void stream.close().catch(() => {});
  signal.addEventListener("abort", onAbort);
  try {
    if (!signal.aborted) yield* changesBetween(stream, { after, until, signal }, now);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await stream.close().catch(() => {});
    await session.endSession();
  }
}

async function* changesBetween(
  stream: DocumentStream,
  { after, until, signal }: Omit<ReadChangesOptions, "collection">,
  { isSharded }: ClusterNow,
): AsyncGenerator<DocumentChange, void> {
  const end = positionTime(until);
  for (;;) {
    const event = await stream.tryNext();
    if (signal.aborted) return;
    if (event === null) {
      if (stream.closed) throw cursorExpired("MongoDB ended the change stream");
      const reached = tokenTime(stream.resumeToken);
      // A replica set's only log was read to its end. A shard may still have events of the time that others have reached.
      if (isSharded ? reached.greaterThan(end) : reached.greaterThanOrEqual(end)) return;
      continue;
    }
    const position = eventPosition(event._id);
    if (position > until) return;
    const change = position > after ? toChange(event) : undefined;
    if (change !== undefined) yield change;
    if (position === until) return;
  }
}
