import type { EnumType, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import { planFields } from "../graphql/plan.ts";
import type { TypeNames } from "../graphql/plan-types.ts";
import { enumNames } from "../graphql/types/enum.ts";
import { isObject } from "./json-input.ts";

/** How a value is asked for in GraphQL, and made JSON of as people read it: the form that `jsonReader` reads. */
export interface Shown {
  /** What follows the field's name in a selection; empty: nothing. */
  readonly selection: string;
  /** From a result of GraphQL. */
  readonly toJson: (result: unknown) => unknown;
}

/** Fields that one answer may ask for at all. */
const MAX_FIELDS = 5_000;

/** How deep records are answered that contain themselves, as far as the answer stays of a size. */
const DEPTHS = [5, 4, 3, 2, 1] as const;

/** Fields at the most where records that contain themselves are answered more than once. */
const FIELDS_OF_REPEATS = 1_000;

/** Makes what shows the values of a type. @throws EventQLError `LIMIT_EXCEEDED` where that needs too many fields. */
export function shownType(ref: TypeRef, names: TypeNames): Shown {
  for (const depth of DEPTHS) {
    const shower = new Shower(names, depth, depth === 1 ? MAX_FIELDS : FIELDS_OF_REPEATS);
    const shown = shower.of(ref.type, []);
    if (!shower.isSpent) return shown;
  }
  throw new EventQLError("LIMIT_EXCEEDED", `has more than ${MAX_FIELDS} fields within itself`);
}

const PLAIN: Shown = { selection: "", toJson: (result) => result };

/** Numbers as such where they are exact. */
const LONG: Shown = {
  selection: "",
  toJson: (result) => (Number.isSafeInteger(Number(result)) ? Number(result) : result),
};

class Shower {
  readonly #names: TypeNames;
  readonly #depth: number;
  #fields: number;

  constructor(names: TypeNames, depth: number, fields: number) {
    this.#names = names;
    this.#depth = depth;
    this.#fields = fields;
  }

  get isSpent(): boolean {
    return this.#fields < 0;
  }

  of(type: ValueType, within: readonly RecordType[]): Shown {
    const shown = this.#bare(type, within);
    return { ...shown, toJson: (result) => (result === null || result === undefined ? null : shown.toJson(result)) };
  }

  #bare(type: ValueType, within: readonly RecordType[]): Shown {
    switch (type.kind) {
      case "record":
        return this.#record(type, within);
      case "array":
        return listOf(this.of(type.items.type, within));
      case "map":
        return entriesOf(this.of(type.values.type, within));
      case "union":
        return this.#union(type, within);
      case "enum":
        return symbolOf(type);
      default:
        return type.kind === "long" ? LONG : PLAIN;
    }
  }

  #record(record: RecordType, within: readonly RecordType[]): Shown {
    const { fields, toJson } = this.#fieldsOf(record, within, "");
    return { selection: ` { ${fields} }`, toJson };
  }

  /** `prefix` begins the aliases of the fields: of what is beside others in a union, one name may have two types. */
  #fieldsOf(
    record: RecordType,
    within: readonly RecordType[],
    prefix: string,
  ): { readonly fields: string } & Pick<Shown, "toJson"> {
    this.#fields -= record.fields.length + 1;
    if (this.isSpent || within.filter((each) => each === record).length >= this.#depth)
      return { fields: "__typename", toJson: () => tooDeep(record) };
    const plans = planFields(record.fields).map(({ field, name }) => ({
      stored: field.name,
      name: `${prefix}${name}`,
      shown: this.of(field.type.type, [...within, record]),
      text: prefix === "" ? name : `${prefix}${name}: ${name}`,
    }));
    return {
      fields: plans.length === 0 ? "__typename" : plans.map(({ text, shown }) => `${text}${shown.selection}`).join(" "),
      toJson: (result) =>
        Object.fromEntries(plans.map(({ stored, name, shown }) => [stored, shown.toJson(memberOf(result, name))])),
    };
  }

  /** A type of GraphQL that two branches share is that of the first. */
  #union(union: UnionType, within: readonly RecordType[]): Shown {
    const members = new Map<string, { readonly tag: string; readonly fields: string } & Pick<Shown, "toJson">>();
    union.branches.forEach(({ tag, type }, index) => {
      const prefix = `b${index}_`;
      const name = type.kind === "record" ? this.#names.of(type).output : this.#names.box(type);
      if (members.has(name)) return;
      members.set(name, {
        tag,
        ...(type.kind === "record" ? this.#fieldsOf(type, within, prefix) : this.#box(type, within, prefix)),
      });
    });
    const parts = [...members].map(([name, { fields }]) => `... on ${name} { ${fields} }`);
    return {
      selection: ` { __typename ${parts.join(" ")} }`,
      toJson: (result) => {
        const member = members.get(String(memberOf(result, "__typename")));
        if (member !== undefined) return { [member.tag]: member.toJson(result) };
        throw new EventQLError("INTERNAL", `The union ${union.graphqlName} has no such member.`);
      },
    };
  }

  #box(
    type: ValueType,
    within: readonly RecordType[],
    prefix: string,
  ): { readonly fields: string } & Pick<Shown, "toJson"> {
    const { selection, toJson } = this.of(type, within);
    return {
      fields: `${prefix}value: value${selection}`,
      toJson: (result) => toJson(memberOf(result, `${prefix}value`)),
    };
  }
}

function listOf({ selection, toJson }: Shown): Shown {
  return { selection, toJson: (result) => itemsOf(result).map((item) => toJson(item)) };
}

function entriesOf({ selection, toJson }: Shown): Shown {
  return {
    selection: ` { key value${selection} }`,
    toJson: (result) =>
      Object.fromEntries(
        itemsOf(result).map((entry) => [String(memberOf(entry, "key")), toJson(memberOf(entry, "value"))]),
      ),
  };
}

function symbolOf(type: EnumType): Shown {
  const symbols = new Map([...enumNames(type.symbols)].map(([symbol, name]) => [name, symbol]));
  return { selection: "", toJson: (result) => symbols.get(String(result)) ?? result };
}

function itemsOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [];
}

function memberOf(result: unknown, name: string): unknown {
  return isObject(result) ? result[name] : undefined;
}

function tooDeep(record: RecordType): never {
  throw new EventQLError(
    "VALUE_UNREPRESENTABLE",
    `The document holds a ${record.fullName} within itself, deeper than a route answers: ask GraphQL for it.`,
  );
}
