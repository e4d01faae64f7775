import fc from "fast-check";
import {
  type AvroField,
  type AvroType,
  type Given,
  entriesOf as mapEntries,
  isNull,
  isTagged,
  listOf,
  membersOf,
  tagOf,
  taggedOf,
  valueBranches,
} from "./avro-type.ts";

/** How values are drawn. */
interface Drawing {
  /** How often a record may still be entered. */
  readonly depth: number;
  /** Whether no field is left out. */
  readonly isWhole: boolean;
}

/** The values of a type. */
export function givenOf(type: AvroType, drawing: Drawing): fc.Arbitrary<Given> {
  switch (type.kind) {
    case "scalar":
    case "fixed":
      return type.scalar.values;
    case "enum":
      return fc.constantFrom(...type.symbols);
    case "array":
      return drawing.depth <= 0 ? fc.constant([]) : fc.array(later(type.items, drawing), { maxLength: 3 });
    case "map":
      return drawing.depth <= 0 ? fc.constant([]) : entriesOf(type.values, drawing);
    case "union":
      return unionOf(type, drawing);
    case "record": {
      const deeper = { ...drawing, depth: drawing.depth - 1 };
      return fc
        .tuple(...type.fields.map((field) => fieldOf(field, deeper)))
        .map((members) => Object.fromEntries(members.filter((member) => member !== undefined)));
    }
  }
}

/** Drawn only when it is needed: a record may contain itself. */
function later(type: AvroType, drawing: Drawing): fc.Arbitrary<Given> {
  return fc.constant(undefined).chain(() => givenOf(type, drawing));
}

function fieldOf(field: AvroField, drawing: Drawing): fc.Arbitrary<readonly [string, Given] | undefined> {
  const given = later(field.type, drawing).map((value): readonly [string, Given] => [field.name, value]);
  const isOptional = field.default !== undefined || mayBeNull(field.type);
  return isOptional && !drawing.isWhole ? fc.option(given, { freq: 5, nil: undefined }) : given;
}

function mayBeNull(type: AvroType): boolean {
  return isNull(type) || (type.kind === "union" && type.branches.some(isNull));
}

function unionOf(type: Extract<AvroType, { kind: "union" }>, drawing: Drawing): fc.Arbitrary<Given> {
  const ends = type.branches.filter((branch) => isNull(branch) || branch.kind !== "record");
  const branches = drawing.depth <= 0 && ends.length > 0 ? ends : type.branches;
  return fc.constantFrom(...branches).chain((branch): fc.Arbitrary<Given> => {
    const value = givenOf(branch, drawing);
    return isTagged(type) && !isNull(branch) ? value.map((given) => ({ tag: tagOf(branch), value: given })) : value;
  });
}

function entriesOf(values: AvroType, drawing: Drawing): fc.Arbitrary<Given> {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }).filter((text) => text.isWellFormed()),
    fc.constantFrom("", "a.b", "$c", "__proto__", "constructor", "key", "\0"),
  );
  return fc
    .uniqueArray(fc.tuple(key, later(values, drawing)), { selector: ([name]) => name, maxLength: 3 })
    .map((entries) => entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ key: name, value })));
}

/** A value as it is read again: with the defaults of what was left out. */
export function completed(type: AvroType, given: Given): Given {
  if (given === null) return null;
  switch (type.kind) {
    case "array":
      return listOf(given).map((item) => completed(type.items, item));
    case "map":
      return mapEntries(given).map(({ key, value }) => ({ key, value: completed(type.values, value) }));
    case "union":
      return completedBranch(type, given);
    case "record": {
      const members = membersOf(given);
      return Object.fromEntries(
        type.fields.map(({ name, type: of, default: fallback }) => [
          name,
          Object.hasOwn(members, name) ? completed(of, members[name] ?? null) : (fallback ?? null),
        ]),
      );
    }
    default:
      return given;
  }
}

function completedBranch(type: Extract<AvroType, { kind: "union" }>, given: Given): Given {
  if (!isTagged(type)) {
    const [only] = valueBranches(type);
    return only === undefined ? given : completed(only, given);
  }
  const tagged = taggedOf(given);
  const branch = type.branches.find((each) => tagOf(each) === tagged?.tag);
  return branch === undefined || tagged === undefined
    ? given
    : { tag: tagged.tag, value: completed(branch, tagged.value) };
}
