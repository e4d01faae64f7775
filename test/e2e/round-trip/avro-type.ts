import type { ScalarKind, Shown } from "./scalars.ts";

/** An Avro type with what a test has to know of it. Records may contain themselves. */
export type AvroType =
  | { readonly kind: "scalar"; readonly scalar: ScalarKind }
  | { readonly kind: "fixed"; readonly name: string; readonly scalar: ScalarKind }
  | { readonly kind: "enum"; readonly name: string; readonly symbols: readonly string[]; readonly hasDefault: boolean }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: "record";
  readonly name: string;
  readonly doc: string | undefined;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  readonly default: Given | undefined;
}

/**
 * A value in a form that neither Avro, MongoDB nor GraphQL has: scalars as GraphQL shows them, enums by their symbol, maps
 * as entries sorted by key, records by Avro's names, and values of unions with their branch's Avro name.
 */
export type Given = Shown | readonly Given[] | { readonly [name: string]: Given };

/** The branches that aren't null. */
export function valueBranches({ branches }: Extract<AvroType, { kind: "union" }>): readonly AvroType[] {
  return branches.filter((branch) => !isNull(branch));
}

/** Whether a type is Avro's null. */
export function isNull(type: AvroType): boolean {
  return type.kind === "scalar" && type.scalar.schema["type"] === "null";
}

/** Whether the values of a union say which branch they are of. */
export function isTagged(type: AvroType): type is Extract<AvroType, { kind: "union" }> {
  return type.kind === "union" && valueBranches(type).length > 1;
}

/** The name of a branch in Avro. */
export function tagOf(type: AvroType): string {
  if ("name" in type) return type.name;
  return type.kind === "scalar" ? String(type.scalar.schema["type"]) : type.kind;
}

/** The schema as JSON: a named type is defined where it comes first, and named elsewhere. */
export function schemaOf(type: AvroType, defined: Set<string> = new Set()): unknown {
  if (type.kind === "scalar") return type.scalar.schema;
  if (type.kind === "array") return { type: "array", items: schemaOf(type.items, defined) };
  if (type.kind === "map") return { type: "map", values: schemaOf(type.values, defined) };
  if (type.kind === "union") return type.branches.map((branch) => schemaOf(branch, defined));
  if (defined.has(type.name)) return type.name;
  defined.add(type.name);
  const named = nameOf(type.name);
  if (type.kind === "fixed") return { ...type.scalar.schema, ...named };
  if (type.kind === "enum") {
    const { symbols } = type;
    return { type: "enum", ...named, symbols, ...(type.hasDefault ? { default: symbols[0] } : {}) };
  }
  return { type: "record", ...named, doc: type.doc, fields: type.fields.map((field) => fieldSchema(field, defined)) };
}

function fieldSchema({ name, aliases, type, default: given }: AvroField, defined: Set<string>): unknown {
  const schema = { name, aliases, type: schemaOf(type, defined) };
  const json = given === undefined ? undefined : defaultOf(type, given);
  return json === undefined ? schema : { ...schema, default: json };
}

function nameOf(fullName: string): { readonly name: string; readonly namespace: string } {
  const dot = fullName.lastIndexOf(".");
  return { name: fullName.slice(dot + 1), namespace: fullName.slice(0, dot) };
}

/** A value as Avro's JSON has it for defaults; undefined where it has no form of it. */
export function defaultOf(type: AvroType, given: Given): unknown {
  switch (type.kind) {
    case "scalar":
    case "fixed":
      return isShown(given) ? type.scalar.asDefault(given) : undefined;
    case "enum":
      return given;
    case "array":
      return all(listOf(given).map((item) => defaultOf(type.items, item)));
    case "map":
      return allOf(entriesOf(given).map(({ key, value }) => [key, defaultOf(type.values, value)]));
    case "union": {
      // Avro's older specification has defaults of the first branch alone.
      const [first] = type.branches;
      if (first === undefined) return undefined;
      const isFirst = isNull(first) ? given === null : given !== null;
      const inner = isTagged(type) ? taggedOf(given) : { tag: tagOf(first), value: given };
      return isFirst && inner?.tag === tagOf(first)
        ? defaultOf(first, inner.value)
        : isNull(first) && given === null
          ? null
          : undefined;
    }
    case "record":
      return allOf(
        type.fields.map((field) => [field.name, defaultOf(field.type, membersOf(given)[field.name] ?? null)]),
      );
  }
}

function all(items: readonly unknown[]): readonly unknown[] | undefined {
  return items.includes(undefined) ? undefined : items;
}

function allOf(entries: readonly (readonly [string, unknown])[]): unknown {
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

/** The items of a list. */
export function listOf(given: Given): readonly Given[] {
  return isList(given) ? given : [];
}

/** The entries of a map. */
export function entriesOf(given: Given): readonly { readonly key: string; readonly value: Given }[] {
  return listOf(given).map((entry) => {
    const { key = "", value = null } = membersOf(entry);
    return { key: typeof key === "string" ? key : "", value };
  });
}

/** The fields of a record. */
export function membersOf(given: Given): Readonly<Record<string, Given>> {
  return isMembers(given) ? given : {};
}

/** A union's value with its branch. */
export function taggedOf(given: Given): { readonly tag: string; readonly value: Given } | undefined {
  const { tag, value = null } = membersOf(given);
  return typeof tag === "string" ? { tag, value } : undefined;
}

function isList(given: Given): given is readonly Given[] {
  return Array.isArray(given);
}

function isMembers(given: Given): given is { readonly [name: string]: Given } {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function isShown(given: Given): given is Shown {
  return typeof given !== "object" || given === null;
}
