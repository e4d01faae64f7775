import type { EnumType, RecordField, RecordType, TypeRef, UnionType, ValueType } from "../../../src/catalog/types.ts";
import { planFields } from "../../../src/graphql/plan.ts";
import type { TypeNames } from "../../../src/graphql/plan-types.ts";
import { buildEnum } from "../../../src/graphql/types/enum.ts";
import { planUnionFields } from "../../../src/graphql/types/union-fields.ts";
import { type Given, entriesOf, listOf, membersOf, taggedOf } from "./avro-type.ts";

/** Values in GraphQL: names come from the plan of the schema, values from nobody. */
export interface GraphQLForm {
  /** The selection that shows all of the values; empty for scalars. */
  selection(ref: TypeRef, values: readonly Given[], prefix?: string): string;
  /** A value as an input. Where `older`, fields are given by an older name that they have. */
  input(ref: TypeRef, given: Given, older: boolean): unknown;
  inputFields(fields: readonly RecordField[], given: Given, older: boolean): Readonly<Record<string, unknown>>;
  /** What a selection shows of a value. */
  shown(ref: TypeRef, given: Given, prefix?: string): unknown;
}

/** Makes the form of a schema's values. */
export function graphqlForm(names: TypeNames): GraphQLForm {
  return new Form(names);
}

class Form implements GraphQLForm {
  readonly #names: TypeNames;

  constructor(names: TypeNames) {
    this.#names = names;
  }

  selection({ type }: TypeRef, values: readonly Given[], prefix = ""): string {
    const present = values.filter((value) => value !== null);
    if (type.kind === "array") return this.selection(type.items, present.flatMap(listOf), prefix);
    if (type.kind === "map") {
      const inner = present.flatMap(entriesOf).map(({ value }) => value);
      return `{ key value ${this.selection(type.values, inner, prefix)} }`;
    }
    if (type.kind === "record")
      return present.length === 0 ? "{ __typename }" : `{ ${this.#fields(type, present, prefix)} }`;
    if (type.kind !== "union") return "";
    const members = Map.groupBy(type.branches, (branch) => this.#member(branch.type));
    const shown = [...members].map(([member, branches], index) => {
      const tags = new Set(branches.map(({ tag }) => tag));
      const inner = present.flatMap(taggedOf).filter((tagged) => tagged !== undefined && tags.has(tagged.tag));
      const within = `${prefix}m${index}`;
      return this.#branch(
        member,
        branches[0]?.type,
        inner.map((tagged) => tagged?.value ?? null),
        within,
      );
    });
    return `{ __typename ${shown.join(" ")} }`;
  }

  /** Of one type where several branches are the same in GraphQL. */
  #branch(member: string, type: ValueType | undefined, values: readonly Given[], within: string): string {
    if (type === undefined || values.length === 0) return "";
    const shown =
      type.kind === "record"
        ? this.#fields(type, values, within)
        : `${within}: value ${this.selection({ type, nullable: false }, values, within)}`;
    return `... on ${member} { ${shown} }`;
  }

  #fields(record: RecordType, values: readonly Given[], prefix: string): string {
    if (record.fields.length === 0) return `${prefix}empty: _empty`;
    return planFields(record.fields)
      .map(({ field, name }, index) => {
        const inner = values.map((value) => membersOf(value)[field.name] ?? null);
        return `${prefix}f${index}: ${name} ${this.selection(field.type, inner, `${prefix}f${index}`)}`;
      })
      .join(" ");
  }

  input({ type }: TypeRef, given: Given, older: boolean): unknown {
    if (given === null) return null;
    if (type.kind === "enum") return symbolName(type, given);
    if (type.kind === "array") return listOf(given).map((item) => this.input(type.items, item, older));
    if (type.kind === "map")
      return entriesOf(given)
        .toReversed()
        .map(({ key, value }) => ({ key, value: this.input(type.values, value, older) }));
    if (type.kind === "record") return this.inputFields(type.fields, given, older);
    if (type.kind !== "union") return given;
    const tagged = taggedOf(given);
    const plan = planUnionFields(type).find(({ branch }) => branch.tag === tagged?.tag);
    if (plan === undefined || tagged === undefined) throw new TypeError(`no branch ${String(tagged?.tag)}`);
    return { [plan.name]: this.input({ type: plan.branch.type, nullable: false }, tagged.value, older) };
  }

  inputFields(fields: readonly RecordField[], given: Given, older: boolean): Readonly<Record<string, unknown>> {
    const members = membersOf(given);
    return Object.fromEntries(
      planFields(fields)
        .filter(({ field }) => Object.hasOwn(members, field.name))
        .map(({ field, name, aliases }) => {
          const [alias = name] = aliases;
          return [older ? alias : name, this.input(field.type, members[field.name] ?? null, older)];
        }),
    );
  }

  shown({ type }: TypeRef, given: Given, prefix = ""): unknown {
    if (given === null) return null;
    if (type.kind === "enum") return symbolName(type, given);
    if (type.kind === "array") return listOf(given).map((item) => this.shown(type.items, item, prefix));
    if (type.kind === "map")
      return entriesOf(given).map(({ key, value }) => ({ key, value: this.shown(type.values, value, prefix) }));
    if (type.kind === "record") return this.#shownFields(type, given, prefix);
    return type.kind === "union" ? this.#shownMember(type, given, prefix) : given;
  }

  #shownMember(union: UnionType, given: Given, prefix: string): unknown {
    const tagged = taggedOf(given);
    const type = union.branches.find(({ tag }) => tag === tagged?.tag)?.type;
    if (type === undefined || tagged === undefined) throw new TypeError(`no branch ${String(tagged?.tag)}`);
    const __typename = this.#member(type);
    const members = [...new Set(union.branches.map((branch) => this.#member(branch.type)))];
    const within = `${prefix}m${members.indexOf(__typename)}`;
    if (type.kind === "record") return { __typename, ...this.#shownFields(type, tagged.value, within) };
    return { __typename, [within]: this.shown({ type, nullable: false }, tagged.value, within) };
  }

  #shownFields(record: RecordType, given: Given, prefix: string): Readonly<Record<string, unknown>> {
    if (record.fields.length === 0) return { [`${prefix}empty`]: null };
    const members = membersOf(given);
    return Object.fromEntries(
      record.fields.map((field, index) => {
        const value = Object.hasOwn(members, field.name) ? (members[field.name] ?? null) : null;
        return [`${prefix}f${index}`, this.shown(field.type, value, `${prefix}f${index}`)];
      }),
    );
  }

  #member(type: ValueType): string {
    return type.kind === "record" ? this.#names.of(type).output : this.#names.box(type);
  }
}

function symbolName(type: EnumType, given: Given): string {
  const value = buildEnum(type, "Any")
    .getValues()
    .find((each) => each.value === given);
  if (value === undefined) throw new TypeError(`${type.fullName} has no such symbol`);
  return value.name;
}
