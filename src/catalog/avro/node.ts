/** The Avro types without structure. */
export type PrimitiveName = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

/** Logical types that have no parameters. */
export type SimpleLogical =
  | "uuid"
  | "date"
  | "time-millis"
  | "time-micros"
  | "timestamp-millis"
  | "timestamp-micros"
  | "local-timestamp-millis"
  | "local-timestamp-micros";

/** A number of `precision` digits, `scale` of them behind the point. */
export interface DecimalLogical {
  readonly name: "decimal";
  readonly precision: number;
  readonly scale: number;
}

/** A logical type that is valid where it stands; others are ignored, as Avro's specification asks. */
export type Logical = { readonly name: SimpleLogical } | DecimalLogical;

/** A primitive, maybe as a logical type. */
export interface PrimitiveNode {
  readonly type: PrimitiveName;
  readonly logical: Logical | undefined;
}

/** What the named types have in common. Names and aliases are full. */
interface NamedNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
}

export interface FixedNode extends NamedNode {
  readonly type: "fixed";
  readonly size: number;
  readonly logical: Logical | undefined;
}

export interface EnumNode extends NamedNode {
  readonly type: "enum";
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}

export interface ArrayNode {
  readonly type: "array";
  readonly items: AvroNode;
}

export interface MapNode {
  readonly type: "map";
  readonly values: AvroNode;
}

/** A record: it may contain itself, so its fields are filled in after it is made. */
export interface RecordNode extends NamedNode {
  readonly type: "record";
  readonly fields: FieldNode[];
  /** The attribute `eventql`, as it stands; undefined: absent. */
  readonly hints: unknown;
}

export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
  readonly type: AvroNode;
  /** In Avro's JSON form; undefined: none (Avro's null is `null`). */
  readonly default: unknown;
  readonly hints: unknown;
}

/** Branches are never unions themselves, and differ in their {@link branchName}. */
export interface UnionNode {
  readonly type: "union";
  readonly branches: readonly AvroNode[];
}

/** A parsed Avro schema: names resolved, so that the same object stands wherever a named type is used. */
export type AvroNode = PrimitiveNode | FixedNode | EnumNode | ArrayNode | MapNode | RecordNode | UnionNode;

/** The name of a union's branch: a named type's full name, else the type. */
export function branchName(node: AvroNode): string {
  return "name" in node ? node.name : node.type;
}

/** The branches of a union that aren't null. */
export function valueBranches(union: UnionNode): readonly AvroNode[] {
  return union.branches.filter((branch) => branch.type !== "null");
}

/** A type where it is used: `["null", T]` and `[T]` are T, nullable or not. */
export function unwrapNullable(node: AvroNode): { readonly node: AvroNode; readonly nullable: boolean } {
  if (node.type !== "union") return { node, nullable: node.type === "null" };
  const branches = valueBranches(node);
  const nullable = branches.length < node.branches.length;
  const [only] = branches;
  if (only === undefined) return { node: NULL, nullable: true };
  return { node: branches.length === 1 ? only : node, nullable };
}

const NULL: PrimitiveNode = { type: "null", logical: undefined };

/** A full name's last part. */
export function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}
