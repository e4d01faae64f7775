/** Another subject's schema that a schema names. */
export interface SchemaReference {
  /** The full name by which the schema uses it. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema's text with what it refers to. */
export interface SchemaText {
  /** `AVRO`, or another format of the registry, which EventQL leaves out. */
  readonly schemaType: string;
  /** The schema, as JSON text, with all its custom attributes. */
  readonly schema: string;
  readonly references: readonly SchemaReference[];
}

/** A version of a subject. */
export interface RegisteredSchema extends SchemaText {
  readonly subject: string;
  /** Counts from 1 within the subject. */
  readonly version: number;
  /** The id that stands in the wire format. The same text may have one id under several subjects. */
  readonly id: number;
}

/** What registering said. */
export interface Registration {
  readonly id: number;
  readonly version: number;
}

/**
 * Where schemas are kept.
 *
 * For who implements it: ids are positive and never reused; registering a text that the subject has already returns its
 * first registration and changes nothing; registering is refused where it is not BACKWARD compatible with the subject's
 * newest version, unless the registry's own level says otherwise. Every call has a bounded time, may be repeated, and
 * fails with the retriable `REGISTRY_UNAVAILABLE` where the registry can't be reached: callers retry, adapters don't.
 */
export interface SchemaRegistry {
  /** All subjects, sorted. */
  subjects(): Promise<readonly string[]>;

  /** All versions of a subject, oldest first. @throws EventQLError `SCHEMA_NOT_FOUND` for an unknown subject. */
  versions(subject: string): Promise<readonly RegisteredSchema[]>;

  /**
   * A short text that is another one whenever a subject or a newest version came or went, and else the same: whoever has
   * read everything asks this every few seconds, and reads again only where it changed. It is far cheaper than reading.
   */
  revision(): Promise<string>;

  /** The schema of an id, or undefined where the registry says that there is none. */
  byId(id: number): Promise<SchemaText | undefined>;

  /**
   * Registers a schema.
   * @throws EventQLError `SCHEMA_INVALID`, or `SCHEMA_INCOMPATIBLE` with what is incompatible and why.
   */
  register(subject: string, schema: string, references?: readonly SchemaReference[]): Promise<Registration>;

  /** Resolves when the registry answers. @throws EventQLError `REGISTRY_UNAVAILABLE`. */
  ping(): Promise<void>;

  close(): Promise<void>;
}
