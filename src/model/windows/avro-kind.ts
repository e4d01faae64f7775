import type { AvroType } from "../projection.ts";

/** What measures have to know of an Avro type. */
export type Kind =
  | { readonly kind: "int" | "long" | "double" | "string" | "boolean" | "bytes" | "date" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "enum"; readonly symbols: readonly string[] };

/** By logical types: those that are stored otherwise than the type that they are of. */
const LOGICAL: Readonly<Record<string, Kind>> = {
  date: { kind: "date" },
  "timestamp-millis": { kind: "date" },
  "local-timestamp-millis": { kind: "date" },
};

const PRIMITIVE: Readonly<Record<string, Kind>> = {
  int: { kind: "int" },
  long: { kind: "long" },
  float: { kind: "double" },
  double: { kind: "double" },
  string: { kind: "string" },
  boolean: { kind: "boolean" },
  bytes: { kind: "bytes" },
  fixed: { kind: "bytes" },
};

/** What to do about a type that has no kind. */
export const ORDERED = "give a type whose values have an order, and give it in full";

/** The kind of a type whose values have an order; undefined: they have none, or the type isn't said in full. */
export function kindOf(type: AvroType): Kind | undefined {
  if (typeof type === "string") return Object.hasOwn(PRIMITIVE, type) ? PRIMITIVE[type] : undefined;
  if (!isAttributes(type)) return kindOfUnion(type);
  if (type["type"] === "enum") return enumKind(type["symbols"]);
  const base = isAvroType(type["type"]) ? kindOf(type["type"]) : undefined;
  const logical = type["logicalType"];
  if (typeof logical !== "string" || base === undefined) return base;
  if (logical === "decimal") return decimalKind(type);
  return Object.hasOwn(LOGICAL, logical) ? LOGICAL[logical] : base;
}

/** The same type, or null. */
export function nullable(type: AvroType): AvroType {
  if (!isUnion(type)) return ["null", type];
  return type.includes("null") ? type : ["null", ...type];
}

/** The type as it is written where some are defined already: Avro has a named type defined once, then it is called by its name. */
export function definedOnce(type: AvroType, defined: Set<string>): AvroType {
  if (typeof type === "string") return type;
  if (!isAttributes(type)) return type.map((branch) => definedOnce(branch, defined));
  const { name, namespace } = type;
  if (typeof name !== "string") return type;
  const fullName = typeof namespace === "string" && !name.includes(".") ? `${namespace}.${name}` : name;
  if (defined.has(fullName)) return fullName;
  defined.add(fullName);
  return type;
}

function kindOfUnion(branches: readonly AvroType[]): Kind | undefined {
  const [only, ...others] = branches.filter((branch) => branch !== "null");
  return only === undefined || others.length > 0 ? undefined : kindOf(only);
}

function enumKind(symbols: unknown): Kind | undefined {
  const isText = (symbol: unknown): symbol is string => typeof symbol === "string";
  return Array.isArray(symbols) && symbols.every(isText) ? { kind: "enum", symbols } : undefined;
}

function decimalKind({ precision, scale = 0 }: Readonly<Record<string, unknown>>): Kind | undefined {
  return typeof precision === "number" && typeof scale === "number" ? { kind: "decimal", precision, scale } : undefined;
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function isAttributes(type: AvroType): type is { readonly [attribute: string]: unknown } {
  return typeof type === "object" && !isUnion(type);
}

function isAvroType(type: unknown): type is AvroType {
  return typeof type === "string" || (typeof type === "object" && type !== null);
}
