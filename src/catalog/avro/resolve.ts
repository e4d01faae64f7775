import { type AvroNode } from "./node.ts";
import { type NamedTypes, parseSchemaText } from "./parse.ts";

/**
 * Parses a schema's text together with the texts that it refers to, which stand in the order of their definition.
 * @throws EventQLError `SCHEMA_INVALID`.
 */
export function parseWithReferences(text: string, referenced: readonly string[]): AvroNode {
  const named: NamedTypes = new Map();
  for (const other of referenced) parseSchemaText(other, named);
  return parseSchemaText(text, named);
}
