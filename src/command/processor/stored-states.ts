import type { DocumentFold, FoldDocument, FoldedRecord } from "../../fold/document-fold.ts";
import { metaOf } from "../../model/meta.ts";

/** What is known of a key. */
export interface KeyState {
  /** As all events so far leave it; undefined: there is none. */
  readonly document: FoldDocument | undefined;
  /** Whether an event of it can't be applied: those behind it wait. */
  readonly broken: boolean;
}

/** An event that the projection hasn't passed; undefined: one that can't be read, or applied. */
export interface TailEvent {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  readonly record: FoldedRecord | undefined;
}

/** Reads the documents of keys, those that there are; no older than the newest checkpoint that was told. */
export type FindDocuments = (keys: readonly string[]) => Promise<readonly FoldDocument[]>;

/** Reads how far the projection is now, by partition of events. */
export type ReadPositions = () => Promise<ReadonlyMap<number, number>>;

/** A state, and how new it is. */
export interface HeldState extends KeyState {
  /** The offset of the key's newest event, where it was seen. */
  readonly newest: number;
  /** Whether the read model may have made something else of it by now. */
  readonly isOld?: boolean;
}

/** A state that a document and its tail make. */
export interface StateBehind extends HeldState {
  readonly partition: number;
}

/**
 * Reads documents, and takes from the tail what the projection has passed. A document says itself what it has of the tail;
 * of an absent one nothing does: it may be one that an event of the tail has deleted, and rules may make something else of
 * that event where there is no document. So it counts only where the projection has passed nothing of its tail by then.
 */
export async function documentsOf(
  missing: Map<string, readonly TailEvent[]>,
  find: FindDocuments,
  positions: ReadPositions,
): Promise<ReadonlyMap<string, FoldDocument>> {
  const documents = new Map<string, FoldDocument>();
  for (let keys: readonly string[] = [...missing.keys()]; keys.length > 0;) {
    for (const document of await find(keys)) documents.set(document._id, document);
    const absent = keys.filter((key) => !documents.has(key) && (missing.get(key) ?? []).length > 0);
    if (absent.length === 0) break;
    const passed = await positions();
    keys = absent.filter((key) => {
      const tail = missing.get(key) ?? [];
      const rest = tail.filter(({ partition, offset }) => offset >= (passed.get(partition) ?? 0));
      missing.set(key, rest);
      return rest.length < tail.length;
    });
  }
  return documents;
}

/** A document, and the tail that it doesn't have yet. */
export function behind(fold: DocumentFold, stored: FoldDocument | undefined, tail: readonly TailEvent[]): StateBehind {
  const version = metaOf(stored?.["_meta"])?.offset ?? -1;
  const { partition = 0, offset: newest = -1 } = tail.at(-1) ?? {};
  let document = stored;
  try {
    for (const { record, offset } of tail) {
      if (offset <= version) continue;
      if (record === undefined) return { document, broken: true, partition, newest };
      document = fold.apply(document, record);
    }
  } catch {
    return { document, broken: true, partition, newest };
  }
  return { document, broken: false, partition, newest };
}
