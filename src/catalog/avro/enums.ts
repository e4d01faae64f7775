import { childrenOf } from "./children.ts";
import type { AvroNode, EnumNode, FieldNode, RecordNode } from "./node.ts";

/** The symbols of enums by their full names. */
export type EnumSymbols = Map<string, Set<string>>;

/** Adds the symbols of all enums in a schema, under their names and their old ones. */
export function collectSymbols(node: AvroNode, into: EnumSymbols, seen: Set<AvroNode> = new Set()): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.type === "enum") addSymbols(node, into);
  for (const child of childrenOf(node)) collectSymbols(child, into, seen);
}

/**
 * Makes what gives records in which each enum's symbols are joined by those that were collected. What records share, what
 * it gives shares too.
 */
export function symbolJoiner(symbols: EnumSymbols): (record: RecordNode) => RecordNode {
  const records = new Map<RecordNode, RecordNode>();
  const copyRecord = (node: RecordNode): RecordNode => {
    const known = records.get(node);
    if (known !== undefined) return known;
    const copy: RecordNode = { ...node, fields: [] };
    records.set(node, copy);
    for (const field of node.fields) copy.fields.push(copyField(field));
    return copy;
  };
  const copyField = (field: FieldNode): FieldNode => ({ ...field, type: copyType(field.type) });
  const copyType = (node: AvroNode): AvroNode => {
    switch (node.type) {
      case "record":
        return copyRecord(node);
      case "array":
        return { ...node, items: copyType(node.items) };
      case "map":
        return { ...node, values: copyType(node.values) };
      case "union":
        return { ...node, branches: node.branches.map(copyType) };
      case "enum":
        return { ...node, symbols: [...new Set([...node.symbols, ...(symbols.get(node.name) ?? [])])] };
      default:
        return node;
    }
  };
  return copyRecord;
}

function addSymbols({ name, aliases, symbols }: EnumNode, into: EnumSymbols): void {
  const known = [name, ...aliases].map((each) => into.get(each)).find((each) => each !== undefined);
  const joined = known ?? new Set<string>();
  for (const symbol of symbols) joined.add(symbol);
  for (const each of [name, ...aliases]) into.set(each, joined);
}
