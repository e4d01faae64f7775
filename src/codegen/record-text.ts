import type { RecordType, UnionType } from "../catalog/types.ts";
import { type Branch, objectText, unionText } from "./declarations.ts";
import { type TypeNamer, refText, typeText } from "./type-text.ts";
import type { NamedType } from "./used-types.ts";

/** The declaration of a record. */
export function recordText({ graphqlName, doc, fields }: RecordType, names: TypeNamer): string {
  const members = fields.map((field) => ({ name: field.name, type: refText(field.type, names), doc: field.doc }));
  return objectText(names.of(graphqlName), doc, members);
}

/** The declaration of a type that has a name. */
export function namedTypeText(type: NamedType, names: TypeNamer): string {
  switch (type.kind) {
    case "record":
      return recordText(type, names);
    case "enum": {
      const symbols = type.symbols.map((symbol) => JSON.stringify(symbol));
      return unionText(names.of(type.graphqlName), type.doc, symbols);
    }
    case "union":
      return unionText(names.of(type.graphqlName), undefined, taggedBranches(type, names));
  }
}

function taggedBranches({ branches }: UnionType, names: TypeNamer): readonly Branch[] {
  return branches.map(({ tag, type }) => [
    { name: "_type", type: JSON.stringify(tag) },
    { name: "value", type: typeText(type, names) },
  ]);
}
