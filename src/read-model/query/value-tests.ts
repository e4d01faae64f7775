import { compareValues, isNumeric, kindOf } from "./compare.ts";
import { numericKey } from "./numeric.ts";

/** A test of one value; `undefined` is a missing field. */
export type ValueTest = (value: unknown) => boolean;

/** Equality by MongoDB's rules: numbers by value, objects with their order of fields, `null` also a missing field. */
export function equals(operand: unknown): ValueTest {
  if (typeof operand === "string" || typeof operand === "boolean") return (value) => value === operand;
  return (value) => compareValues(value, operand) === 0;
}

/** Comparison within the operand's kind; NaN compares with itself alone. */
export function ordered(operand: unknown, accepts: (order: number) => boolean): ValueTest {
  const kind = kindOf(operand);
  return (value) => {
    if (kindOf(value) !== kind || Number.isNaN(value) !== Number.isNaN(operand)) return false;
    return accepts(compareValues(value, operand));
  };
}

/** Membership; patterns among the operands are matched. Costs the same however many operands there are. */
export function oneOf(operands: readonly unknown[]): ValueTest {
  const direct = new Set(operands.filter(isDirect));
  const numbers = new Set(operands.filter(isNumeric).map(numericKey));
  const others = operands.filter((operand) => !isDirect(operand) && !isNumeric(operand)).map(equalsOrMatches);
  return (value) =>
    direct.has(value) ||
    (numbers.size > 0 && isNumeric(value) && numbers.has(numericKey(value))) ||
    others.some((test) => test(value));
}

/** A pattern's test, or equality for any other operand. */
export function equalsOrMatches(operand: unknown): ValueTest {
  return operand instanceof RegExp ? matches(operand) : equals(operand);
}

/** A test that strings match the pattern; a pattern's state between calls is no matter. */
export function matches(pattern: RegExp): ValueTest {
  const stateless = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
  return (value) => typeof value === "string" && stateless.test(value);
}

/** Whether a set finds the operand by the same rules as {@link equals}. */
function isDirect(operand: unknown): boolean {
  return typeof operand === "string" || typeof operand === "boolean";
}
