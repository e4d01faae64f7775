import { Decimal, describeDecimal } from "../../model/decimal.ts";
import { type AvroNode, type Logical, unwrapNullable, valueBranches, branchName } from "../avro/node.ts";

/** A kind of value, in words: never the value itself, which may be a secret. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (value instanceof Decimal) return describeDecimal(value);
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** What a type takes, in words. */
export function describeType(type: AvroNode): string {
  const { node, nullable } = unwrapNullable(type);
  return nullable && node.type !== "null" ? `${describeNode(node)} or null` : describeNode(node);
}

function describeNode(node: AvroNode): string {
  switch (node.type) {
    case "union":
      return `one of ${valueBranches(node).map(branchName).join(", ")}`;
    case "enum":
      return `one of ${node.symbols.join(", ")}`;
    case "record":
      return node.name;
    case "array":
      return `a list of ${describeType(node.items)}`;
    case "map":
      return `a map of ${describeType(node.values)}`;
    case "fixed":
      return node.logical === undefined ? `${node.size} bytes` : describeLogical(node.logical);
    default:
      return node.logical === undefined ? node.type : describeLogical(node.logical);
  }
}

function describeLogical(logical: Logical): string {
  return logical.name === "decimal" ? `decimal(${logical.precision}, ${logical.scale})` : logical.name;
}
