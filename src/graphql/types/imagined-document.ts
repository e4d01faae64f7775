import type { StoredDocument } from "../../read-model/read-model.ts";

const imaginedDocuments = new WeakSet<StoredDocument>();

/** A document that is not there, but would be: it stands nowhere in the log. */
export function imagined(document: StoredDocument): StoredDocument {
  const marked = { ...document };
  imaginedDocuments.add(marked);
  return marked;
}

/** Whether a document is one that {@link imagined} has made. */
export function isImagined(document: StoredDocument): boolean {
  return imaginedDocuments.has(document);
}
