import { EventQLError } from "../../../errors.ts";
import type { Value } from "../../../model/value.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import { type Asked, type ElementFilter, innerListFilter } from "./inner-list.ts";
import { operandOf } from "./operand.ts";
import { type OperatorInfo, listOperators } from "./operators.ts";
import { type Compile, type Place, allOf, count, deeper, fieldsOf, inField } from "./place.ts";
import type { ListTarget } from "./where-field.ts";

/** What MongoDB's query language says of a list, or of a map, for what it is asked. @throws EventQLError as `compileWhere`. */
export function listClauses(
  path: string,
  target: ListTarget,
  given: unknown,
  place: Place,
  compile: Compile,
): readonly Filter[] {
  return askedOf(target, given, place, compile).map((asked) => listFilter(asked, path));
}

function askedOf(target: ListTarget, given: unknown, place: Place, compile: Compile): readonly Asked[] {
  return Object.entries(fieldsOf(given, place)).map(([operator, operand]): Asked => {
    const inner = inField(place, operator);
    count(inner);
    const info = infoOf(operator);
    if (info?.operand === "element")
      return { operator, operand: null, element: elementFilter(target, operand, inner, compile) };
    const reading = { info, name: place.input, comparand: target.comparand, mode: "SENSITIVE" } as const;
    return { operator, operand: operandOf(operand, reading, inner), element: undefined };
  });
}

function infoOf(operator: string): OperatorInfo | undefined {
  const table: Readonly<Record<string, OperatorInfo>> = listOperators;
  return table[operator];
}

function elementFilter({ element }: ListTarget, given: unknown, place: Place, compile: Compile): ElementFilter {
  const target = element?.();
  if (target === undefined) throw new EventQLError("BAD_USER_INPUT", `${place.input}: the elements can't be filtered.`);
  const below = deeper(place);
  if (target.kind === "list") return innerListFilter(askedOf(target, given, below, compile), below);
  const { filter } = allOf(compile(target.fields(), given, { ...below, prefix: "", self: "element" }));
  return { matching: filter, failing: { $nor: [filter] }, hasFields: true };
}

const IS_LIST = { $type: "array" };

function listFilter({ operator, operand, element }: Asked, path: string): Filter {
  if (element !== undefined) return { [path]: elementsFilter(operator, element) };
  if (operator === "has") return { [path]: { $in: [operand] } };
  if (operator === "hasSome") return { [path]: { $in: operand } };
  if (operator === "hasEvery") return everyOf(operand, path, path);
  if (operator === "hasKey") return { [`${path}.key`]: { $eq: operand } };
  if (operator === "hasSomeKeys") return { [`${path}.key`]: { $in: operand } };
  if (operator === "hasEveryKey") return everyOf(operand, path, `${path}.key`);
  if (operator === "isEmpty") return operand === true ? { [path]: { $size: 0 } } : { [`${path}.0`]: { $exists: true } };
  return { [path]: operand === true ? { $not: IS_LIST } : IS_LIST };
}

function elementsFilter(operator: string, { matching, failing }: ElementFilter): Filter {
  if (operator === "some") return { $elemMatch: matching };
  return { ...IS_LIST, $not: { $elemMatch: operator === "every" ? failing : matching } };
}

/** MongoDB's `$all` of nothing matches nothing. */
function everyOf(operand: Value, list: string, path: string): Filter {
  return Array.isArray(operand) && operand.length > 0 ? { [path]: { $all: operand } } : { [list]: IS_LIST };
}
