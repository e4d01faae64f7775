import type { RecordField, RecordType, TypeRef, UnionType, ValueType } from "../../catalog/types.ts";
import type { Payload, Value } from "../../model/value.ts";
import { memoized } from "../memo.ts";
import { type FieldPlan, planFields } from "../plan.ts";
import { isOptional } from "./input.ts";
import { type ScalarValueType, scalarCodec } from "./scalar-codec.ts";
import { planUnionFields } from "./union-fields.ts";

/** Why a part of an input doesn't fit the schema. */
export interface Problem {
  /** From the input: `["address", "lines", 0]`. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

type Path = Problem["path"];

/** What doesn't fit is told so far: a large input may have more than anybody reads. */
const MAX_PROBLEMS = 50;

/** From what GraphQL has coerced to the stored form; what doesn't fit is added to the problems. */
type Convert = (given: unknown, path: Path, problems: Problem[]) => Value;

/** Converts the input of a record's fields; what doesn't fit is added to the problems. */
export type ConvertFields = (given: unknown, problems: Problem[]) => Payload;

/** Makes converters of inputs; those of records that contain themselves are made when they are needed. */
export function inputConverter(): (fields: readonly RecordField[]) => ConvertFields {
  const records = new Map<RecordType, ReturnType<typeof fieldsConverter>>();
  const of = ({ type, nullable }: TypeRef): Convert => {
    const convert = bare(type);
    return (given, path, problems) => {
      if (given !== null && given !== undefined) return convert(given, path, problems);
      return nullable || type.kind === "null" ? null : refuse(problems, path, "may not be null");
    };
  };
  const bare = (type: ValueType): Convert => {
    if (type.kind === "array") return listConverter(of(type.items));
    if (type.kind === "map") return mapConverter(of(type.values));
    if (type.kind === "union") return unionConverter(type, of);
    if (type.kind === "enum") return (given) => String(given);
    if (type.kind !== "record") return scalarConverter(type);
    return (given, path, problems) =>
      memoized(records, type, () => fieldsConverter(planFields(type.fields), of))(given, path, problems);
  };
  return (fields) => {
    const convert = fieldsConverter(planFields(fields), of);
    return (given, problems) => convert(given, [], problems);
  };
}

function scalarConverter(type: ScalarValueType): Convert {
  const codec = scalarCodec(type);
  return (given, path, problems) => codec.toStored(given, (reason) => refuse(problems, path, reason));
}

function listConverter(convert: Convert): Convert {
  return (given, path, problems) => items(given).map((item, index) => convert(item, [...path, index], problems));
}

function mapConverter(convert: Convert): Convert {
  return (given, path, problems) => {
    const seen = new Set<string>();
    const entries = items(given).map((entry, index) => {
      const { key: given = "", value } = members(entry);
      const key = String(given);
      if (seen.has(key)) refuse(problems, [...path, index, "key"], "stands in the map twice");
      seen.add(key);
      return { key, value: convert(value, [...path, index, "value"], problems) };
    });
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  };
}

function unionConverter(union: UnionType, of: (ref: TypeRef) => Convert): Convert {
  const branches = new Map(
    planUnionFields(union).map(({ name, branch }) => {
      const convert = of({ type: branch.type, nullable: false });
      return [name, { tag: branch.tag, convert }];
    }),
  );
  return (given, path, problems) => {
    const [name = "", value] = Object.entries(members(given))[0] ?? [];
    const branch = branches.get(name);
    if (branch === undefined) return refuse(problems, path, "gives no branch of the union");
    return { _type: branch.tag, value: branch.convert(value, [...path, name], problems) };
  };
}

function fieldsConverter(
  plans: readonly FieldPlan[],
  of: (ref: TypeRef) => Convert,
): (given: unknown, path: Path, problems: Problem[]) => Payload {
  const fields = plans.map((plan) => ({ ...plan, names: [plan.name, ...plan.aliases], convert: of(plan.field.type) }));
  return (given, path, problems) => {
    const from = members(given);
    const payload: Record<string, Value> = {};
    for (const { field, name, names, convert } of fields) {
      const [used, ...more] = names.filter(
        (candidate) => Object.hasOwn(from, candidate) && from[candidate] !== undefined,
      );
      if (more.length > 0) refuse(problems, [...path, name], `is given twice, as ${names.join(" and ")}`);
      if (used !== undefined) payload[field.name] = convert(from[used], [...path, used], problems);
      else if (!isOptional(field)) refuse(problems, [...path, name], "is missing");
      else if (field.default === undefined) payload[field.name] = null;
    }
    return payload;
  };
}

function refuse(problems: Problem[], path: Path, reason: string): null {
  if (problems.length < MAX_PROBLEMS) problems.push({ path, reason });
  return null;
}

function items(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

function members(given: unknown): Readonly<Record<string, unknown>> {
  return isMembers(given) ? given : {};
}

function isMembers(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null;
}
