import type { AvroSchema } from "../types.ts";
import type { AvroNode, FieldNode, Logical, RecordNode } from "./node.ts";

/** A schema as JSON that stands alone: each named type in full at its first use, and only what decoding needs. */
export function emitSchema(node: AvroNode): AvroSchema {
  return emit(node, new Set());
}

/** The definition of a named type as JSON that only names other ones that it uses. */
export function emitAlone(node: Extract<AvroNode, { readonly name: string }>, others: readonly string[]): AvroSchema {
  return emitNamed(node, new Set(others));
}

function emit(node: AvroNode, defined: Set<string>): AvroSchema {
  switch (node.type) {
    case "union":
      return node.branches.map((branch) => emit(branch, defined));
    case "array":
      return { type: "array", items: emit(node.items, defined) };
    case "map":
      return { type: "map", values: emit(node.values, defined) };
    case "record":
    case "enum":
    case "fixed":
      return emitNamed(node, defined);
    default:
      return node.logical === undefined ? node.type : { type: node.type, ...logicalAttributes(node.logical) };
  }
}

function emitNamed(node: Extract<AvroNode, { readonly name: string }>, defined: Set<string>): AvroSchema {
  if (defined.has(node.name)) return node.name;
  defined.add(node.name);
  // Inside another type, a name without a namespace would be read as one of that type's.
  const global = defined.size > 1 && !node.name.includes(".") ? { namespace: "" } : {};
  const named = { type: node.type, name: node.name, ...global, ...aliasesOf(node) };
  switch (node.type) {
    case "record":
      return { ...named, fields: emitFields(node, defined) };
    case "enum":
      return { ...named, symbols: node.symbols, ...(node.default === undefined ? {} : { default: node.default }) };
    case "fixed":
      return { ...named, size: node.size, ...(node.logical === undefined ? {} : logicalAttributes(node.logical)) };
  }
}

function emitFields(record: RecordNode, defined: Set<string>): readonly AvroSchema[] {
  return record.fields.map((field) => ({
    name: field.name,
    ...aliasesOf(field),
    type: emit(field.type, defined),
    ...(field.default === undefined ? {} : { default: field.default }),
  }));
}

function aliasesOf({ aliases }: Pick<FieldNode, "aliases">): { readonly aliases?: readonly string[] } {
  return aliases.length === 0 ? {} : { aliases };
}

function logicalAttributes(logical: Logical): Readonly<Record<string, unknown>> {
  if (logical.name !== "decimal") return { logicalType: logical.name };
  return { logicalType: "decimal", precision: logical.precision, scale: logical.scale };
}
