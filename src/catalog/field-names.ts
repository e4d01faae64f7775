import { recordsIn } from "./avro/children.ts";
import type { AvroNode, FieldNode, RecordNode } from "./avro/node.ts";

/** A name that a field has, or had, and the id of the first schema in which it had it. */
export interface FieldName {
  readonly name: string;
  readonly id: number;
  /** An alias that no version had as the field's name. */
  readonly isOnlyAlias?: true;
}

/** The names of a record's fields, oldest first, by their present names. */
export type FieldNames = ReadonlyMap<string, readonly FieldName[]>;

/** Follows the fields of a subject's records from version to version, through renames by alias. */
export class FieldNameHistory {
  readonly #records = new Map<string, FieldNames>();

  /**
   * Goes on to the next version. The fields of all its records get the aliases that older versions gave them too: what
   * was renamed twice is still found under its first name.
   */
  add(schema: AvroNode, id: number): void {
    for (const record of recordsIn(schema)) {
      const before = [record.name, ...record.aliases].map((name) => this.#records.get(name));
      const names = next(record, before.find((known) => known !== undefined) ?? new Map(), id);
      this.#records.set(record.name, names);
      completeAliases(record, names);
    }
  }

  /** Of a record, by its full name. */
  of(record: string): FieldNames {
    return this.#records.get(record) ?? new Map();
  }
}

/** A name that a field of this version has is no older name of another. */
function next(record: RecordNode, before: FieldNames, id: number): FieldNames {
  const present = new Set(record.fields.map(({ name }) => name));
  const names = new Map(before);
  for (const { name, aliases } of record.fields) {
    if (before.has(name)) continue;
    const old = aliases.find((alias) => names.has(alias) && !present.has(alias));
    names.set(name, [...(names.get(old ?? "") ?? []), { name, id }]);
    if (old !== undefined) names.delete(old);
  }
  for (const field of record.fields) addAliases(field, names, id);
  return names;
}

function addAliases({ name, aliases }: FieldNode, names: Map<string, readonly FieldName[]>, id: number): void {
  if (aliases.length === 0) return;
  const known = new Set([...names].flatMap(([now, older]) => [now, ...older.map((each) => each.name)]));
  const others = aliases.filter((alias) => !known.has(alias));
  if (others.length === 0) return;
  const added = others.map((alias): FieldName => ({ name: alias, id, isOnlyAlias: true }));
  names.set(name, [...(names.get(name) ?? []), ...added]);
}

/** An alias leads to one field: the first that has it. */
function completeAliases(record: RecordNode, names: FieldNames): void {
  const taken = new Set(record.fields.map(({ name }) => name));
  record.fields.forEach((field, index) => {
    const older = (names.get(field.name) ?? []).map(({ name }) => name).toReversed();
    const aliases = [...new Set([...field.aliases, ...older])].filter((alias) => !taken.has(alias));
    for (const alias of aliases) taken.add(alias);
    if (!sameTexts(aliases, field.aliases)) record.fields[index] = { ...field, aliases };
  });
}

function sameTexts(a: FieldNode["aliases"], b: FieldNode["aliases"]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
