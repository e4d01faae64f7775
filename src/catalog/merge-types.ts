import { isStoredAsDecimal } from "../model/decimal.ts";
import type { ScalarKind } from "./scalar-kind.ts";
import type { Column, EventField, TypeRef, UnionType, ValueType } from "./types.ts";

/** What a type can be widened to without losing anything. */
const WIDER: Partial<Record<ValueType["kind"], readonly ScalarKind[]>> = {
  int: ["long", "double"],
  float: ["double"],
};

/** The one type of values of two types, as they are stored; undefined where there is none. */
function mergeTypes(a: ValueType, b: ValueType): ValueType | undefined {
  if (a === b) return a;
  if (a.kind !== b.kind) return wider(a, b) ?? wider(b, a);
  if (a.kind === "array" && b.kind === "array") {
    const items = mergeRefs(a.items, b.items);
    return items && { kind: "array", items };
  }
  if (a.kind === "map" && b.kind === "map") {
    const values = mergeRefs(a.values, b.values);
    return values && { kind: "map", values };
  }
  if (a.kind === "decimal" && b.kind === "decimal") {
    const alike = a.scale === b.scale && isStoredAsDecimal(a.precision) === isStoredAsDecimal(b.precision);
    return alike ? { ...a, precision: Math.max(a.precision, b.precision) } : undefined;
  }
  if (a.kind === "fixed" && b.kind === "fixed") return a.size === b.size ? a : undefined;
  if (a.kind === "union" && b.kind === "union") return sameBranches(a, b) ? a : undefined;
  // Records and enums of one definition are one object, and no other fits.
  return a.kind === "record" || a.kind === "enum" ? undefined : a;
}

/** As {@link mergeTypes}; nullable where one of them is. */
export function mergeRefs(a: TypeRef, b: TypeRef): TypeRef | undefined {
  const type = mergeTypes(a.type, b.type);
  return type && { type, nullable: a.nullable || b.nullable };
}

function wider(narrow: ValueType, wide: ValueType): ValueType | undefined {
  return WIDER[narrow.kind]?.some((kind) => kind === wide.kind) === true ? wide : undefined;
}

function sameBranches(a: UnionType, b: UnionType): boolean {
  const byTag = new Map(b.branches.map(({ tag, type }) => [tag, type]));
  return (
    a.branches.length === b.branches.length &&
    a.branches.every(({ tag, type }) => {
      const other = byTag.get(tag);
      return other !== undefined && mergeTypes(type, other) !== undefined;
    })
  );
}

/** A type in words. */
export function typeText({ type }: TypeRef): string {
  switch (type.kind) {
    case "array":
      return `a list of ${typeText(type.items)}`;
    case "map":
      return `a map of ${typeText(type.values)}`;
    case "record":
    case "enum":
    case "fixed":
      return `${type.kind} ${type.fullName}`;
    case "union":
      return `a union of ${type.branches.map(({ tag }) => tag).join(", ")}`;
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    default:
      return type.kind;
  }
}

/** The wider type of a field's values in their column; nothing where they are stored alike. */
export function widerType({ field, effect }: EventField, { type: { type } }: Column): Pick<EventField, "widerType"> {
  const from = field.type.type;
  const isItem = (effect === "append" || effect === "remove") && from.kind !== "array" && type.kind === "array";
  const to = isItem ? type.items.type : type;
  return isStoredOtherwise(from, to) ? { widerType: to } : {};
}

function isStoredOtherwise(from: ValueType, to: ValueType): boolean {
  if (from.kind === "int") return to.kind === "long";
  if (from.kind === "array") return to.kind === "array" && isStoredOtherwise(from.items.type, to.items.type);
  return from.kind === "map" && to.kind === "map" && isStoredOtherwise(from.values.type, to.values.type);
}
