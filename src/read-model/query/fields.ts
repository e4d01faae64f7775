import type { Value } from "../../model/value.ts";
import type { StoredDocument } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";

/** The paths without those that lie within another of them, which MongoDB refuses. */
export function outermostFields(fields: readonly string[]): readonly string[] {
  const all = new Set(fields);
  return [...all].filter((field) => !ancestorsOf(field).some((ancestor) => all.has(ancestor)));
}

function ancestorsOf(field: string): readonly string[] {
  return [...field.matchAll(/\./g)].map((dot) => field.slice(0, dot.index));
}

type Tree = Map<string, Tree | null>;

/** Makes the function that keeps only the named fields of a document, and its `_id`. */
export function compileProjection(fields: readonly string[]): (document: StoredDocument) => StoredDocument {
  const tree: Tree = new Map();
  for (const field of outermostFields(fields)) addPath(tree, field.split("."));
  return (document) => ({ ...pick(document, tree), _id: document._id });
}

function addPath(tree: Tree, path: readonly string[]): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    tree.set(step, null);
    return;
  }
  const branch = tree.get(step) ?? new Map<string, Tree | null>();
  tree.set(step, branch);
  addPath(branch, rest);
}

type Fields = Readonly<Record<string, Value | undefined>>;

function pick(object: Fields, tree: Tree): Record<string, Value> {
  const picked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(object)) {
    const branch = tree.get(name);
    if (branch === undefined || value === undefined) continue;
    const kept = branch === null ? value : pickWithin(value, branch);
    if (kept !== undefined) picked[name] = kept;
  }
  return picked;
}

/** Values that are neither documents nor lists have nothing below them, and are left out. */
function pickWithin(value: Value, tree: Tree): Value | undefined {
  if (isList(value)) return value.map((item) => pickWithin(item, tree)).filter((item) => item !== undefined);
  return isRecord(value) ? pick(value, tree) : undefined;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isRecord(value: Value): value is { readonly [field: string]: Value } {
  return isPlainObject(value);
}
