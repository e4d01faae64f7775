import type { Value } from "../../model/value.ts";
import { isPlainObject } from "../query/compare.ts";
import type { CollectionWrites, StoredDocument } from "../read-model.ts";

/**
 * A document's own copy, in the stored form and frozen: neither who wrote it nor who reads it can change what is
 * stored. Fields that are `undefined` are left out.
 */
function storedCopy(document: StoredDocument): StoredDocument {
  return Object.freeze({ ...copyFields(document), _id: document._id });
}

/** Writes whose documents are such copies. */
export function copyWrites({ collection, inserts, replacements, deletions }: CollectionWrites): CollectionWrites {
  return { collection, inserts: inserts.map(storedCopy), replacements: replacements.map(storedCopy), deletions };
}

function copyFields(fields: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const copy: Record<string, Value> = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value !== undefined) setField(copy, name, copyValue(value));
  }
  return copy;
}

function copyValue(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (isList(value)) return Object.freeze(value.map(copyValue));
  return isFields(value) ? Object.freeze(copyFields(value)) : value;
}

/** Sets a field; plain assignment to this one name would set the object's prototype instead. */
export function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isFields(value: Value): value is { readonly [field: string]: Value } {
  return isPlainObject(value);
}
