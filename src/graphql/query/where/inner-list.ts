import { EventQLError } from "../../../errors.ts";
import type { Value } from "../../../model/value.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import type { Condition } from "./operand.ts";
import type { Place } from "./place.ts";

/** What `$elemMatch` takes for the elements that match, and for those that don't; null is neither. */
export interface ElementFilter {
  readonly matching: Filter;
  readonly failing: Filter;
  /** Whether it is a filter of fields, else one of operators. */
  readonly hasFields: boolean;
}

/** What a list is asked: of its elements, or else as a whole. */
export interface Asked extends Condition {
  readonly element: ElementFilter | undefined;
}

const PRESENT = { $ne: null };

/**
 * What is asked of a list that is itself an element of a list: it has no path, so that each of MongoDB's operators can
 * stand only once.
 * @throws EventQLError `BAD_USER_INPUT` where that isn't enough.
 */
export function innerListFilter(asked: readonly Asked[], place: Place): ElementFilter {
  if (asked.some(({ operator, operand }) => operator === "isNull" && operand === true))
    return { matching: { $in: [] }, failing: PRESENT, hasFields: false };
  const having = asked.flatMap(elementsToHave);
  const lacking = asked.flatMap(elementsToLack);
  const matching = {
    ...PRESENT,
    ...(having.length > 0 && { $all: having.map((element) => ({ $elemMatch: element })) }),
    ...(lacking.length > 0 && { $not: { $elemMatch: eitherOf(lacking, place) } }),
    ...(asked.some(({ operator, operand }) => operator === "isEmpty" && operand === true) && { $size: 0 }),
    ...(asked.some(isNeverTrue) && { $in: [] }),
  };
  return { matching, failing: { ...PRESENT, $not: matching }, hasFields: false };
}

function elementsToHave({ operator, operand, element }: Asked): readonly Filter[] {
  if (element !== undefined) return operator === "some" ? [element.matching] : [];
  if (operator === "has") return [{ $eq: operand }];
  if (operator === "hasSome") return [{ $in: operand }];
  if (operator === "hasEvery") return itemsOf(operand).map((item) => ({ $eq: item }));
  if (operator === "hasKey") return [{ key: operand }];
  if (operator === "hasSomeKeys") return [{ key: { $in: operand } }];
  if (operator === "hasEveryKey") return itemsOf(operand).map((key) => ({ key }));
  return operator === "isEmpty" && operand !== true ? [{ $nin: [] }] : [];
}

function elementsToLack({ operator, element }: Asked): readonly ElementFilter[] {
  if (element === undefined || operator === "some") return [];
  return [operator === "every" ? { ...element, matching: element.failing } : element];
}

/** Some of nothing. */
function isNeverTrue({ operator, operand }: Asked): boolean {
  return (operator === "hasSome" || operator === "hasSomeKeys") && itemsOf(operand).length === 0;
}

function eitherOf(filters: readonly ElementFilter[], { input }: Place): Filter {
  const [only, ...more] = filters;
  if (only === undefined || more.length === 0) return only?.matching ?? {};
  if (filters.every(({ hasFields }) => hasFields)) return { $or: filters.map(({ matching }) => matching) };
  throw new EventQLError(
    "BAD_USER_INPUT",
    `${input}: of a list within lists ask either \`every\` or \`none\`, not both.`,
  );
}

function itemsOf(operand: Value): readonly Value[] {
  return isList(operand) ? operand : [operand];
}

function isList(operand: Value): operand is readonly Value[] {
  return Array.isArray(operand);
}
