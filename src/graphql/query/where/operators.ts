import type { Comparability } from "../../types/scalar-codec.ts";

/** What a filter can ask of a single value; `mode` says how texts are compared. */
export type Operator =
  | "eq"
  | "ne"
  | "in"
  | "notIn"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "contains"
  | "startsWith"
  | "endsWith"
  | "isNull"
  | "mode";

/** What a filter can ask of a list or of a map. */
export type ListOperator =
  | "has"
  | "hasSome"
  | "hasEvery"
  | "hasKey"
  | "hasSomeKeys"
  | "hasEveryKey"
  | "some"
  | "every"
  | "none"
  | "isEmpty"
  | "isNull";

/** What a filter can ask of the documents that a document is related to. */
export type RelationOperator = "some" | "every" | "none";

/**
 * What an operator takes: a value, a list of them, a text to find, a key of a map, a list of them, a filter of elements,
 * yes or no, or how texts are compared.
 */
export type Operand = "value" | "list" | "pattern" | "key" | "keys" | "element" | "boolean" | "mode";

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
  contains: { operand: "pattern", description: "Contains this text; nothing in it is special." },
  startsWith: { operand: "pattern", description: "Begins with this text." },
  endsWith: { operand: "pattern", description: "Ends with this text." },
  isNull: { operand: "boolean", description: "True: is null or absent. False: has a value." },
  mode: { operand: "mode", description: "Whether the case of letters counts here; default: it does." },
};

/** The operators on lists and maps. */
export const listOperators: Readonly<Record<ListOperator, OperatorInfo>> = {
  has: { operand: "value", description: "Has this element." },
  hasSome: { operand: "list", description: "Has at least one of these; an empty list matches nothing." },
  hasEvery: { operand: "list", description: "Has each of these; an empty list matches every list but null." },
  hasKey: { operand: "key", description: "Has an entry of this key." },
  hasSomeKeys: {
    operand: "keys",
    description: "Has an entry of at least one of these keys; an empty list matches nothing.",
  },
  hasEveryKey: {
    operand: "keys",
    description: "Has an entry of each of these keys; an empty list matches every map but null.",
  },
  some: { operand: "element", description: "At least one element matches. Elements that are null are passed over." },
  every: {
    operand: "element",
    description: "Each element matches; so it is where there are none, but not where the list is null.",
  },
  none: {
    operand: "element",
    description: "No element matches; so it is where there are none, but not where the list is null.",
  },
  isEmpty: { operand: "boolean", description: "True: has no elements. False: has some. Null matches neither." },
  isNull: { operand: "boolean", description: "True: is null or absent. False: is there, be it empty." },
};

/** The operators on related documents. */
export const relationOperators: Readonly<Record<RelationOperator, string>> = {
  some: "At least one of them matches.",
  every: "Each of them matches; so it is where there are none.",
  none: "None of them matches; so it is where there are none.",
};

const EQUALITY: readonly Operator[] = ["eq", "ne", "in", "notIn"];
const ORDER: readonly Operator[] = ["gt", "gte", "lt", "lte"];
const TEXT: readonly Operator[] = ["contains", "startsWith", "endsWith"];

/** The operators that make sense for a comparability. */
export const operatorsOf: Readonly<Record<Comparability, readonly Operator[]>> = {
  text: [...EQUALITY, ...ORDER, ...TEXT, "isNull", "mode"],
  ordered: [...EQUALITY, ...ORDER, "isNull"],
  equal: [...EQUALITY, "isNull"],
  boolean: ["eq", "ne", "isNull"],
  none: ["isNull"],
};

/** The operators on an aggregate's id, which is never null. */
export const idOperators: readonly Operator[] = [...EQUALITY, ...ORDER, ...TEXT];

const WHOLE: readonly ListOperator[] = ["isEmpty", "isNull"];

/** The operators on lists, by what their elements are. */
export const listOperatorsOf: Readonly<Record<"values" | "parts" | "entries" | "unknown", readonly ListOperator[]>> = {
  values: ["has", "hasSome", "hasEvery", ...WHOLE],
  parts: ["some", "every", "none", ...WHOLE],
  entries: ["hasKey", "hasSomeKeys", "hasEveryKey", "some", "every", "none", ...WHOLE],
  unknown: WHOLE,
};
