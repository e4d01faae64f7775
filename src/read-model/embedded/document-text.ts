import { EventQLError } from "../../errors.ts";
import { Decimal } from "../../model/decimal.ts";
import { isPlainObject } from "../query/compare.ts";
import type { StoredDocument } from "../read-model.ts";
import { setField } from "./stored-copy.ts";

/**
 * A document as JSON that people can read in the file and that keeps what JSON has no form for, with the names of
 * MongoDB's Extended JSON: `$numberLong`, `$numberDecimal`, `$numberDouble`, `$date`, `$binary`.
 * Source: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
 */
export function toText(document: StoredDocument): string {
  return JSON.stringify(tagged(document));
}

/**
 * Reads a document back.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE` for text that {@link toText} did not make.
 */
export function fromText(text: string): StoredDocument {
  const document: unknown = untagged(JSON.parse(text));
  if (!isStoredDocument(document))
    throw new EventQLError(
      "READ_MODEL_UNAVAILABLE",
      "The data file holds a document that EventQL did not write: restore the file, or remove it to start again.",
    );
  return document;
}

/** The value itself where JSON can hold it, so that most documents cost no copy. */
function tagged(value: unknown): unknown {
  if (typeof value === "bigint") return { $numberLong: String(value) };
  if (typeof value === "number") return isJsonNumber(value) ? value : { $numberDouble: textOfNumber(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Decimal) return { $numberDecimal: value.text };
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Uint8Array) return { $binary: Buffer.from(value).toString("base64") };
  return Array.isArray(value) ? taggedArray(value) : taggedObject(value);
}

function taggedArray(values: readonly unknown[]): readonly unknown[] {
  const result = values.map(tagged);
  return result.some((item, i) => item !== values[i]) ? result : values;
}

function taggedObject(object: object): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(object)) {
    const result = tagged(value);
    if (result === value) continue;
    copy ??= { ...object };
    setField(copy, name, result);
  }
  return copy ?? object;
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function textOfNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(untagged));
  if (!isPlainObject(value)) return value;
  const names = Object.keys(value);
  const only = names[0];
  if (only !== undefined && names.length === 1 && only.startsWith("$")) return fromTag(only, value[only]);
  const result: Record<string, unknown> = {};
  for (const name of names) setField(result, name, untagged(value[name]));
  return Object.freeze(result);
}

function fromTag(tag: string, content: unknown): unknown {
  if (tag === "$date") return new Date(Number(content));
  if (tag === "$numberDecimal") return new Decimal(String(content));
  if (tag === "$numberLong") return BigInt(String(content));
  if (tag === "$binary") return Uint8Array.from(Buffer.from(String(content), "base64"));
  return Number(content);
}

function isStoredDocument(value: unknown): value is StoredDocument {
  return isPlainObject(value) && typeof value["_id"] === "string";
}
