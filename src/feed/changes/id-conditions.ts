import { isPlainObject } from "../../read-model/query/compare.ts";
import type { Filter } from "../../read-model/read-model.ts";

const LOGICAL = new Set(["$and", "$or", "$nor"]);

/** Whether a filter looks at nothing of a document but its `_id`. */
export function isOfIdAlone(filter: Filter): boolean {
  return Object.entries(filter).every(
    ([name, operand]) => name === "_id" || (LOGICAL.has(name) && branchesOf(operand).every(isOfIdAlone)),
  );
}

/** What a filter demands of `_id` whatever the other fields are: a document that fails it fails the filter. */
export function idConditions(filter: Filter): Filter {
  const found = conditions(filter);
  return found.length === 0 ? {} : { $and: found };
}

function conditions(filter: Filter): readonly Filter[] {
  return Object.entries(filter).flatMap(([name, operand]) => {
    const part = { [name]: operand };
    if (isOfIdAlone(part)) return [part];
    return name === "$and" ? branchesOf(operand).flatMap(conditions) : [];
  });
}

function branchesOf(operand: unknown): readonly Filter[] {
  return Array.isArray(operand) ? operand.filter(isPlainObject) : [];
}
