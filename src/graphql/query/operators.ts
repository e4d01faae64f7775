import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import type { Comparability } from "../types/scalar-codec.ts";

/** What a filter can ask of a single value. */
export type Operator =
  "eq" | "ne" | "in" | "notIn" | "gt" | "gte" | "lt" | "lte" | "contains" | "startsWith" | "endsWith" | "isNull";

/** What a filter can ask of a list. */
export type ListOperator = "has" | "hasSome" | "hasEvery" | "isEmpty" | "isNull";

/** What an operator takes: a value, a list of them, a text to find, or yes or no. */
export type Operand = "value" | "list" | "pattern" | "boolean";

/** An operator as the schema shows it. */
export interface OperatorInfo {
  readonly operand: Operand;
  readonly description: string;
}

/** The operators on single values. */
export const operators: Readonly<Record<Operator, OperatorInfo>> = {
  eq: { operand: "value", description: "Equal. Null is not a value here: ask with `isNull`." },
  ne: { operand: "value", description: "Not equal, as in SQL: what is null does not match." },
  in: { operand: "list", description: "Equal to one of these; an empty list matches nothing." },
  notIn: {
    operand: "list",
    description: "Equal to none of these, as in SQL: what is null does not match. An empty list matches all but null.",
  },
  gt: { operand: "value", description: "Greater than; null does not match." },
  gte: { operand: "value", description: "Greater than or equal; null does not match." },
  lt: { operand: "value", description: "Less than; null does not match." },
  lte: { operand: "value", description: "Less than or equal; null does not match." },
  contains: { operand: "pattern", description: "Contains this text, letter case included; nothing in it is special." },
  startsWith: { operand: "pattern", description: "Begins with this text, letter case included." },
  endsWith: { operand: "pattern", description: "Ends with this text, letter case included." },
  isNull: { operand: "boolean", description: "True: is null or absent. False: has a value." },
};

/** The operators on lists. */
export const listOperators: Readonly<Record<ListOperator, OperatorInfo>> = {
  has: { operand: "value", description: "Has this element." },
  hasSome: { operand: "list", description: "Has at least one of these; an empty list matches nothing." },
  hasEvery: { operand: "list", description: "Has each of these; an empty list matches every list but null." },
  isEmpty: { operand: "boolean", description: "True: has no elements. False: has some. Null matches neither." },
  isNull: { operand: "boolean", description: "True: is null or absent. False: is a list, be it empty." },
};

const EQUALITY: readonly Operator[] = ["eq", "ne", "in", "notIn"];
const ORDER: readonly Operator[] = ["gt", "gte", "lt", "lte"];
const TEXT: readonly Operator[] = ["contains", "startsWith", "endsWith"];

/** The operators that make sense for a comparability. */
export const operatorsOf: Readonly<Record<Comparability, readonly Operator[]>> = {
  text: [...EQUALITY, ...ORDER, ...TEXT, "isNull"],
  ordered: [...EQUALITY, ...ORDER, "isNull"],
  equal: [...EQUALITY, "isNull"],
  boolean: ["eq", "ne", "isNull"],
  none: ["isNull"],
};

/** The operators on an aggregate's id, which is never null. */
export const idOperators: readonly Operator[] = [...EQUALITY, ...ORDER, ...TEXT];

/** An operator with its operand, checked and in the stored form. */
export interface Condition {
  readonly operator: string;
  readonly operand: Value;
}

/** What MongoDB's query language says of one path for a condition on a single value. */
export function valueCondition({ operator, operand }: Condition): Readonly<Record<string, unknown>> {
  if (operator === "eq") return { $eq: operand };
  if (operator === "ne") return { $nin: [operand, null] };
  if (operator === "in") return { $in: operand };
  if (operator === "notIn") return { $nin: [...listOf(operand), null] };
  if (operator === "isNull") return operand === true ? { $eq: null } : { $ne: null };
  if (operator === "contains") return { $regex: escaped(operand) };
  if (operator === "startsWith") return { $regex: `^${escaped(operand)}` };
  // `$` would also match before a last line feed.
  if (operator === "endsWith") return { $regex: `${escaped(operand)}(?![\\s\\S])` };
  return { [`$${operator}`]: operand };
}

/** What MongoDB's query language says of one path for a condition on a list. */
export function listCondition({ operator, operand }: Condition, path: string): Readonly<Record<string, unknown>> {
  const isList = { $type: "array" };
  if (operator === "has") return { [path]: { $in: [operand] } };
  if (operator === "hasSome") return { [path]: { $in: operand } };
  if (operator === "hasEvery") return { [path]: listOf(operand).length === 0 ? isList : { $all: operand } };
  if (operator === "isEmpty") return operand === true ? { [path]: { $size: 0 } } : { [`${path}.0`]: { $exists: true } };
  return { [path]: operand === true ? { $not: isList } : isList };
}

function listOf(operand: Value): readonly unknown[] {
  return Array.isArray(operand) ? operand : [operand];
}

function escaped(operand: Value): string {
  if (typeof operand !== "string") throw new EventQLError("BAD_USER_INPUT", "A text to find must be a string.");
  return operand.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`).replaceAll("\0", String.raw`\x00`);
}
