import { EventQLError } from "../../../errors.ts";
import type { Value } from "../../../model/value.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import type { Condition } from "./operand.ts";
import { TEXT_END, type TextMode, textPattern, wholeTextPatterns } from "./text-pattern.ts";

/** What is asked of one path, by the operators of MongoDB's query language. */
type PathFilter = Readonly<Record<string, unknown>>;

/** What MongoDB's query language says of a path for conditions on a single value. */
export function valueClauses(path: string, asked: readonly Condition[], mode: TextMode): readonly Filter[] {
  const conditions = asked.map((condition) => pathFilters(condition, mode));
  const single = conditions.flatMap(({ all = [] }) => all);
  const alternatives = conditions.flatMap(({ any }) => (any === undefined ? [] : [any]));
  return [...onePath(path, single), ...alternatives.map((any) => ({ $or: any.map((filter) => ({ [path]: filter })) }))];
}

/** What one condition asks of its path: each of `all`, and one of `any`. */
interface Asked {
  readonly all?: readonly PathFilter[];
  readonly any?: readonly PathFilter[];
}

function pathFilters({ operator, operand }: Condition, mode: TextMode): Asked {
  if (operator === "isNull") return { all: [operand === true ? { $eq: null } : { $ne: null }] };
  const pattern = patternOf(operator, operand, mode);
  if (pattern !== undefined) return { all: [{ $regex: pattern }] };
  if (mode === "INSENSITIVE") return inAnyCase(operator, operand);
  if (operator === "ne") return { all: [{ $nin: [operand, null] }] };
  if (operator === "notIn") return { all: [{ $nin: [...listOf(operand), null] }] };
  return { all: [{ [`$${operator}`]: operand }] };
}

function patternOf(operator: string, operand: Value, mode: TextMode): string | undefined {
  if (operator === "contains") return textPattern(textOf(operand), mode);
  if (operator === "startsWith") return `^${textPattern(textOf(operand), mode)}`;
  return operator === "endsWith" ? `${textPattern(textOf(operand), mode)}${TEXT_END}` : undefined;
}

function inAnyCase(operator: string, operand: Value): Asked {
  const patterns = wholeTextPatterns(listOf(operand).map(textOf), "INSENSITIVE").map(($regex) => ({ $regex }));
  if (operator === "ne" || operator === "notIn")
    return { all: [{ $ne: null }, ...patterns.map((pattern) => ({ $not: pattern }))] };
  if (operator !== "eq" && operator !== "in") return { all: [{ [`$${operator}`]: operand }] };
  if (patterns.length === 0) return { all: [{ $in: [] }] };
  return patterns.length === 1 ? { all: patterns } : { any: patterns };
}

/** Puts conditions on one path into as few clauses as their operators allow. */
function onePath(path: string, asked: readonly PathFilter[]): readonly Filter[] {
  const merged: Record<string, unknown>[] = [];
  for (const condition of asked) {
    const free = merged.find((clause) => Object.keys(condition).every((operator) => !(operator in clause)));
    if (free === undefined) merged.push({ ...condition });
    else Object.assign(free, condition);
  }
  return merged.map((clause) => ({ [path]: clause }));
}

function listOf(operand: Value): readonly Value[] {
  return isList(operand) ? operand : [operand];
}

function isList(operand: Value): operand is readonly Value[] {
  return Array.isArray(operand);
}

function textOf(operand: Value): string {
  if (typeof operand !== "string") throw new EventQLError("BAD_USER_INPUT", "A text to find must be a string.");
  return operand;
}
