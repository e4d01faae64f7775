import { evalExpr } from "mingo/core";
import { Query } from "mingo/query";
import type { AnyObject, Options } from "mingo/types";
import { EventQLError } from "../../errors.ts";
import { isPlainObject } from "./compare.ts";
import { unwrapOperand, wrapOperands } from "./operand.ts";
import { parsePath, someAtPath } from "./path.ts";
import { equals, equalsOrMatches, matches, oneOf, ordered, type ValueTest } from "./value-tests.ts";

type QueryOperator = (selector: string, operand: unknown, options: Options) => (document: AnyObject) => boolean;

/** Makes the test of one value that an operator with its operand stands for. */
type TestOf = (operand: unknown, options: Options) => ValueTest;

const TESTS: Readonly<Record<string, TestOf>> = {
  $eq: equals,
  $gt: (operand) => ordered(operand, (order) => order > 0),
  $gte: (operand) => ordered(operand, (order) => order >= 0),
  $lt: (operand) => ordered(operand, (order) => order < 0),
  $lte: (operand) => ordered(operand, (order) => order <= 0),
  $in: (operand) => oneOf(listOf(operand, "$in")),
  $regex: (operand) => matches(operand instanceof RegExp ? operand : new RegExp(String(operand))),
  $exists: () => (value) => value !== undefined,
  $size: (operand) => (value) => Array.isArray(value) && value.length === Number(operand),
  $elemMatch: elemMatch,
};

/** Operators that look at an array at the path's end as a whole. */
const WHOLE = new Set(["$size", "$elemMatch", "$exists"]);

/**
 * MongoDB's query operators for mingo, in place of its own: these follow MongoDB where mingo differs (bigints, bytes,
 * kinds, null and missing, arrays of arrays, order of strings).
 */
export const queryOperators: Readonly<Record<`$${string}`, QueryOperator>> = {
  $eq: atPath("$eq"),
  $ne: not(atPath("$eq")),
  $gt: atPath("$gt"),
  $gte: atPath("$gte"),
  $lt: atPath("$lt"),
  $lte: atPath("$lte"),
  $in: atPath("$in"),
  $nin: not(atPath("$in")),
  $regex: atPath("$regex"),
  $size: atPath("$size"),
  $elemMatch: atPath("$elemMatch"),
  $exists: (selector, operand, options) =>
    (isTrue(operand) ? atPath("$exists") : not(atPath("$exists")))(selector, operand, options),
  $all: all,
  $expr: expression,
};

function atPath(name: string): QueryOperator {
  return (selector, operand, options) => {
    const test = testOf(name, unwrapOperand(operand), options);
    return testAtPath(selector, !WHOLE.has(name), test);
  };
}

function testAtPath(selector: string, expand: boolean, test: ValueTest): (document: AnyObject) => boolean {
  const path = parsePath(selector);
  return (document) => someAtPath(document, path, expand, test);
}

function not(operator: QueryOperator): QueryOperator {
  return (selector, operand, options) => {
    const test = operator(selector, operand, options);
    return (document) => !test(document);
  };
}

function testOf(name: string, operand: unknown, options: Options): ValueTest {
  const make = TESTS[name];
  if (make === undefined) throw badFilter(`the operator ${name} is unknown here`);
  return make(operand, options);
}

function all(selector: string, operand: unknown, options: Options): (document: AnyObject) => boolean {
  const tests = listOf(unwrapOperand(operand), "$all").map((item) =>
    isElemMatch(item)
      ? testAtPath(selector, false, elemMatch(item.$elemMatch, options))
      : testAtPath(selector, true, equalsOrMatches(item)),
  );
  return (document) => tests.length > 0 && tests.every((test) => test(document));
}

/** Elements against a filter of their fields, or against operators of their own. */
function elemMatch(criteria: unknown, options: Options): ValueTest {
  if (!isPlainObject(criteria)) throw badFilter("$elemMatch takes an object");
  const names = Object.keys(criteria);
  if (names.length > 0 && names.every(isValueOperator)) {
    const test = elementTest(criteria, options);
    return (value) => Array.isArray(value) && value.some(test);
  }
  const query = new Query(wrapOperands(criteria), options);
  return (value) => Array.isArray(value) && value.some((element: unknown) => testFields(element, query));
}

/** A list among the elements counts as a document with its indexes as names. */
function testFields(element: unknown, query: Query): boolean {
  if (Array.isArray(element)) return query.test(Object.fromEntries(Object.entries(element)));
  return isPlainObject(element) && query.test(element);
}

/** The test of one element by operators: arrays among the elements are taken as they are. */
function elementTest(criteria: Readonly<Record<string, unknown>>, options: Options): ValueTest {
  const { $options, ...operators } = criteria;
  const tests = Object.entries(operators).map(([name, operand]) => elementOperator(name, operand, $options, options));
  return allOf(tests);
}

function elementOperator(name: string, operand: unknown, flags: unknown, options: Options): ValueTest {
  if (name === "$regex")
    return matches(
      operand instanceof RegExp ? operand : new RegExp(String(operand), typeof flags === "string" ? flags : ""),
    );
  if (name === "$exists") return () => isTrue(operand);
  if (name === "$ne") return negate(equals(operand));
  if (name === "$nin") return negate(oneOf(listOf(operand, name)));
  if (name === "$all") return allOf(listOf(operand, name).map((item) => elementOfAll(item, options)));
  if (name === "$not") return negate(isPlainObject(operand) ? elementTest(operand, options) : equalsOrMatches(operand));
  return testOf(name, operand, options);
}

function elementOfAll(item: unknown, options: Options): ValueTest {
  return isElemMatch(item) ? elemMatch(item.$elemMatch, options) : equalsOrMatches(item);
}

/** The aggregation expression's value as a truth: false are `false`, 0, null and missing. */
function expression(_selector: string, operand: unknown, options: Options): (document: AnyObject) => boolean {
  const unwrapped = unwrapOperand(operand);
  return (document) => {
    const value: unknown = evalExpr(document, unwrapped, options);
    return value === "" || Boolean(value);
  };
}

function allOf(tests: readonly ValueTest[]): ValueTest {
  return (value) => tests.length > 0 && tests.every((test) => test(value));
}

function negate(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function isValueOperator(name: string): boolean {
  return name.startsWith("$") && name !== "$and" && name !== "$or" && name !== "$nor";
}

function isElemMatch(item: unknown): item is { readonly $elemMatch: unknown } {
  return isPlainObject(item) && "$elemMatch" in item;
}

function isTrue(operand: unknown): boolean {
  return Boolean(operand);
}

function listOf(operand: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(operand)) throw badFilter(`${name} takes a list`);
  return operand;
}

function badFilter(what: string): EventQLError {
  return new EventQLError("INTERNAL", `A filter could not be evaluated: ${what}.`);
}
