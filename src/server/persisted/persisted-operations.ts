import { EventQLError } from "../../errors.ts";

/** Operations that were settled beforehand. */
export interface PersistedOperations {
  /** Documents by their ids. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether no other documents are taken. */
  readonly only: boolean;
}

/** What a client may send in place of a document. */
interface Identified {
  readonly query?: string | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/**
 * The document that a request means: the one of its id, else its own.
 * @throws EventQLError `OPERATION_NOT_ALLOWED` where there is none of that id, or no document but those may be asked for.
 */
export function documentOf(
  params: Identified,
  id: string | undefined,
  { documents, only }: PersistedOperations,
): string | undefined {
  const found = id === undefined ? undefined : documents.get(id);
  if (found !== undefined) return found;
  const own = params.query === "" ? undefined : (params.query ?? undefined);
  if (only && own !== undefined && isAmong(own, documents)) return own;
  if (!only && (own !== undefined || id === undefined)) return own;
  throw notAllowed(id);
}

/**
 * The id that a request names its document by: `documentId`, Relay's `doc_id`, or Apollo's
 * `extensions.persistedQuery.sha256Hash`.
 */
export function documentIdOf(params: Identified): string | undefined {
  const fields = new Map<string, unknown>(Object.entries(params));
  const persisted = params.extensions?.["persistedQuery"];
  const hash = persisted instanceof Object && "sha256Hash" in persisted ? persisted.sha256Hash : undefined;
  return [fields.get("documentId"), fields.get("doc_id"), hash].find((id) => typeof id === "string");
}

const texts = new WeakMap<ReadonlyMap<string, string>, ReadonlySet<string>>();

/** Who sends a persisted document whole may have it, too. */
function isAmong(document: string, documents: ReadonlyMap<string, string>): boolean {
  const known = texts.get(documents) ?? new Set(documents.values());
  texts.set(documents, known);
  return known.has(document);
}

function notAllowed(id: string | undefined): EventQLError {
  const problem =
    id === undefined ? "Only persisted operations may be asked for" : `There is no operation ${JSON.stringify(id)}`;
  return new EventQLError(
    "OPERATION_NOT_ALLOWED",
    `${problem}: add it to the file that the setting persistedOperations.path names, and send its id as documentId.`,
  );
}
