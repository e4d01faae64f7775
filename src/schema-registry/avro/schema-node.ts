/** Avro's types without structure. */
export const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;

/** The name of an Avro type without structure. */
export type PrimitiveName = (typeof PRIMITIVES)[number];

/** A logical type's mark on the type that carries it. */
export interface LogicalMark {
  readonly logicalType: string;
  /** Of a `decimal`. */
  readonly scale: number;
}

interface Marked {
  readonly logical: LogicalMark | undefined;
}

interface Named {
  /** The full name. */
  readonly name: string;
  /** Full names that it had before. */
  readonly aliases: readonly string[];
}

/** A type without structure. */
interface PrimitiveNode extends Marked {
  readonly kind: "primitive";
  readonly type: PrimitiveName;
}

/** A fixed number of bytes. */
interface FixedNode extends Named, Marked {
  readonly kind: "fixed";
  readonly size: number;
}

/** An enumeration. */
export interface EnumNode extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}

/** A record's field. */
export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: SchemaNode;
  readonly hasDefault: boolean;
}

/** A record. Its fields may lead back to it. */
export interface RecordNode extends Named {
  readonly kind: "record";
  readonly fields: readonly FieldNode[];
}

/** A type that a schema may name. */
export type NamedNode = FixedNode | EnumNode | RecordNode;

/** A schema as a graph: names are resolved, so that recursive records make cycles. */
export type SchemaNode =
  | PrimitiveNode
  | NamedNode
  | { readonly kind: "array"; readonly items: SchemaNode }
  | { readonly kind: "map"; readonly values: SchemaNode }
  | { readonly kind: "union"; readonly branches: readonly SchemaNode[] };

/** How messages call a type: `string`, `enum app.Color`, `array of int`, `union of null, string`. */
export function describeNode(node: SchemaNode): string {
  switch (node.kind) {
    case "primitive":
      return node.type;
    case "array":
      return `array of ${describeNode(node.items)}`;
    case "map":
      return `map of ${describeNode(node.values)}`;
    case "union":
      return node.branches.length === 0 ? "empty union" : `union of ${node.branches.map(describeNode).join(", ")}`;
    default:
      return `${node.kind} ${node.name}`;
  }
}

/** Which branch of a union a type would be: a union holds no two of the same. */
export function branchName(node: SchemaNode): string {
  if (node.kind === "primitive") return node.type;
  return "name" in node ? node.name : node.kind;
}
