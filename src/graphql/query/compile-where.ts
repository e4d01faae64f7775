import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import type { Filter } from "../../read-model/read-model.ts";
import type { GraphQLLimits } from "../services.ts";
import {
  type Condition,
  type OperatorInfo,
  listCondition,
  listOperators,
  operators,
  valueCondition,
} from "./operators.ts";
import { RECORD_IS_NULL, type WhereField, type WhereModel } from "./where-model.ts";

/** The limits that a `where` is held to. */
export type WhereLimits = Pick<
  GraphQLLimits,
  "maxInLength" | "maxWhereConditions" | "maxWhereDepth" | "maxPatternLength"
>;

/** Where in the input the compiler is, and where in the document. */
interface Place {
  readonly input: string;
  /** The stored path before a field's own. */
  readonly prefix: string;
  readonly depth: number;
  readonly limits: WhereLimits;
  /** What the whole input has had so far. */
  readonly counted: { conditions: number };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Compiles a `where` that GraphQL has coerced into a filter of MongoDB's query language. Each operator but `isNull`
 * is false on null, and `NOT` is the complement of what stands in it.
 * @throws EventQLError `BAD_USER_INPUT` for a null operand or a value that doesn't fit, `LIMIT_EXCEEDED`.
 */
export function compileWhere(model: WhereModel, where: unknown, limits: WhereLimits): Filter {
  if (where === null || where === undefined) return {};
  return conjunction(
    clauses(model, where, { input: "where", prefix: "", depth: 1, limits, counted: { conditions: 0 } }),
  );
}

function clauses(model: WhereModel, where: unknown, place: Place): readonly Filter[] {
  if (place.depth > place.limits.maxWhereDepth)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `${place.input} is nested deeper than ${place.limits.maxWhereDepth} levels: write it flatter.`,
    );
  count(place);
  return Object.entries(fieldsOf(where, place.input)).flatMap(([name, given]) => {
    const inner = { ...place, input: `${place.input}.${name}` };
    const field = model.get(name);
    return field === undefined ? logical(model, name, given, inner) : fieldClauses(field, given, inner);
  });
}

function logical(model: WhereModel, name: string, given: unknown, place: Place): readonly Filter[] {
  const deeper = { ...place, depth: place.depth + 1 };
  if (name === "NOT") return [{ $nor: [conjunction(clauses(model, given, deeper))] }];
  const branches = listOf(given, place).map((branch, index) =>
    conjunction(clauses(model, branch, { ...deeper, input: `${place.input}[${index}]` })),
  );
  if (name === "AND") return branches;
  // MongoDB refuses an empty `$or`.
  return [branches.length === 0 ? { _id: { $in: [] } } : { $or: branches }];
}

function fieldClauses(field: WhereField, given: unknown, place: Place): readonly Filter[] {
  const path = `${place.prefix}${field.path}`;
  if (field.kind === "record") {
    const { [RECORD_IS_NULL]: isNull, ...rest } = fieldsOf(given, place.input);
    const presence = isNull === undefined ? [] : conditions(field, { [RECORD_IS_NULL]: isNull }, place);
    const nested = { ...place, prefix: `${path}.`, depth: place.depth + 1 };
    return [...presence.map((one) => ({ [path]: valueCondition(one) })), ...clauses(field.fields(), rest, nested)];
  }
  const asked = conditions(field, fieldsOf(given, place.input), place);
  if (field.kind === "list" || field.kind === "anyList") return asked.map((one) => listCondition(one, path));
  return onePath(path, asked.map(valueCondition));
}

/** Puts conditions on one path into as few clauses as their operators allow. */
function onePath(path: string, asked: readonly Fields[]): readonly Filter[] {
  const merged: Record<string, unknown>[] = [];
  for (const condition of asked) {
    const free = merged.find((clause) => Object.keys(condition).every((operator) => !(operator in clause)));
    if (free === undefined) merged.push({ ...condition });
    else Object.assign(free, condition);
  }
  return merged.map((clause) => ({ [path]: clause }));
}

function conditions(field: WhereField, filter: Fields, place: Place): readonly Condition[] {
  return Object.entries(filter).map(([operator, given]) => {
    const inner = { ...place, input: `${place.input}.${operator}` };
    count(inner);
    return { operator, operand: operandOf(field, infoOf(field, operator), given, inner) };
  });
}

function count({ counted, limits: { maxWhereConditions } }: Place): void {
  counted.conditions += 1;
  if (counted.conditions > maxWhereConditions)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `where has more than ${maxWhereConditions} conditions: use lists, as in: {id: {in: […]}}, or ask in several requests.`,
    );
}

function infoOf({ kind }: WhereField, operator: string): OperatorInfo | undefined {
  const table: Readonly<Record<string, OperatorInfo>> =
    kind === "list" || kind === "anyList" ? listOperators : operators;
  return table[operator];
}

function operandOf(field: WhereField, info: OperatorInfo | undefined, given: unknown, place: Place): Value {
  if (given === null)
    throw new EventQLError("BAD_USER_INPUT", `${place.input} is null, which is no value: ask with \`isNull\`.`);
  if (info?.operand === "boolean") return given === true;
  if (info?.operand === "pattern") return patternOf(given, place);
  if (info?.operand !== "list") return storedOf(field, given, place);
  return listOf(given, place).map((item, index) =>
    storedOf(field, item, { ...place, input: `${place.input}[${index}]` }),
  );
}

function storedOf(field: WhereField, given: unknown, { input }: Place): Value {
  if (field.kind !== "value" && field.kind !== "list")
    throw new EventQLError("BAD_USER_INPUT", `${input} can't be compared.`);
  return field.comparand.codec.toStored(given, (reason) => {
    throw new EventQLError("BAD_USER_INPUT", `${input}: ${field.name} ${reason}.`);
  });
}

function patternOf(given: unknown, { input, limits }: Place): Value {
  const text = String(given);
  if (text.length <= limits.maxPatternLength) return text;
  throw new EventQLError("LIMIT_EXCEEDED", `${input} is longer than ${limits.maxPatternLength}: search for less.`);
}

function listOf(given: unknown, { input, limits }: Place): readonly unknown[] {
  if (!Array.isArray(given))
    throw new EventQLError("BAD_USER_INPUT", `${input} is null: leave it out, or give a list.`);
  const items: readonly unknown[] = given;
  if (items.length <= limits.maxInLength) return items;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `${input} has ${items.length} elements, at most ${limits.maxInLength} are allowed: ask in several requests.`,
  );
}

function fieldsOf(given: unknown, input: string): Fields {
  if (isFields(given)) return given;
  throw new EventQLError("BAD_USER_INPUT", `${input} is null, which filters nothing: leave it out, or use \`isNull\`.`);
}

function isFields(given: unknown): given is Fields {
  return typeof given === "object" && given !== null;
}

function conjunction(filters: readonly Filter[]): Filter {
  const [only, ...more] = filters.filter((filter) => Object.keys(filter).length > 0);
  if (only === undefined) return {};
  return more.length === 0 ? only : { $and: [only, ...more] };
}
