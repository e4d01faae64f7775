import type { Catalog, EnumType, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";

/** A type that has a name. */
export type NamedType = EnumType | RecordType | UnionType;

/** All named types within events, commands and columns, besides the events' and commands' own records, by name. */
export function nestedTypes({ aggregates, commands }: Catalog): readonly NamedType[] {
  const records = [...aggregates.flatMap(({ eventTypes }) => eventTypes), ...commands].map(({ record }) => record);
  const own = new Set<NamedType>(records);
  const found = new Map<string, NamedType>();
  const seen = new Set<NamedType>();
  const visitRef = ({ type }: TypeRef): void => visit(type);
  const visit = (type: ValueType): void => {
    if (type.kind === "array") return visitRef(type.items);
    if (type.kind === "map") return visitRef(type.values);
    if (type.kind !== "record" && type.kind !== "enum" && type.kind !== "union") return;
    if (seen.has(type)) return;
    seen.add(type);
    if (!own.has(type)) found.set(type.graphqlName, type);
    if (type.kind === "record") for (const field of type.fields) visitRef(field.type);
    if (type.kind === "union") for (const branch of type.branches) visit(branch.type);
  };
  records.forEach(visit);
  for (const { columns } of aggregates) for (const { type } of columns) visitRef(type);
  return [...found.values()].toSorted((a, b) => (a.graphqlName < b.graphqlName ? -1 : 1));
}
