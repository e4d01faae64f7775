/** What EventQL keeps in every document beside its columns, as `_meta`. */
export interface Meta {
  /** The document's one source partition. */
  readonly partition: number;
  /** The offset of the newest event that was applied: the document's version. */
  readonly offset: number;
  /** The full Avro name of that event's type. */
  readonly type: string;
  /** The timestamp of the event that made the document. */
  readonly created: Date;
  /** The timestamp of the newest event. */
  readonly updated: Date;
  /** Of an aggregate of an owned topic: what that event says, as `hashOf` of `model/content-hash.ts` has it. */
  readonly hash?: string;
}

/** Reads a stored document's `_meta`; undefined where it isn't one. */
export function metaOf(value: unknown): Meta | undefined {
  return isMeta(value) ? value : undefined;
}

function isMeta(value: unknown): value is Meta {
  return (
    typeof value === "object" &&
    value !== null &&
    "partition" in value &&
    typeof value.partition === "number" &&
    "offset" in value &&
    typeof value.offset === "number" &&
    "type" in value &&
    typeof value.type === "string" &&
    "created" in value &&
    value.created instanceof Date &&
    "updated" in value &&
    value.updated instanceof Date
  );
}
