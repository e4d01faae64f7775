import type { AggregatePlan } from "./aggregate-plans.ts";
import { typeText } from "./merge-types.ts";
import { type CatalogProblem, didYouMean } from "./problems.ts";
import type { EventField, TypeRef, ValueType } from "./types.ts";

/** Kinds that can hold the key of another aggregate, which is text: each has one text for a value. */
const REFERENCES: ReadonlySet<ValueType["kind"]> = new Set<ValueType["kind"]>(["string", "uuid", "int", "long"]);

/** What is wrong with a field's hint `references`, and what to do. */
export function referenceProblems(
  { field, effect, key }: Pick<EventField, "field" | "effect" | "key">,
  at: (problem: string, remedy: string) => CatalogProblem,
): readonly CatalogProblem[] {
  if (key)
    return [at("the key itself references an aggregate, but it is no column", "Reference it from a field of its own")];
  if (effect === "add" || effect === "multiply")
    return [at(`a reference can't be calculated by the effect ${effect}`, "Leave out one of the two hints")];
  if (REFERENCES.has(elementOf(field.type).kind)) return [];
  const allowed = [...REFERENCES].join(", ");
  return [at(`a reference can't be ${typeText(field.type)}`, `It is one of ${allowed}, or a list of them`)];
}

/**
 * The hints that reference what is no aggregate. `served` are the names of those in the catalog; `others` gives those
 * that aren't served here, which may be referenced too, and is asked for only where it matters.
 */
export function unknownReferences(
  plans: readonly AggregatePlan[],
  served: readonly string[],
  others: () => readonly string[],
): readonly CatalogProblem[] {
  const unserved = plans
    .flatMap((plan) => plan.records)
    .flatMap(({ subject, topic, fieldHints }) =>
      [...fieldHints].flatMap(([field, { references }]) =>
        references === undefined || served.includes(references) ? [] : [{ subject, topic, field, references }],
      ),
    );
  if (unserved.length === 0) return [];
  const known = [...served, ...others()];
  return unserved
    .filter(({ references }) => !known.includes(references))
    .map(({ references, ...place }) => ({
      ...place,
      problem: `it references ${references}, which is no aggregate`,
      remedy: didYouMean(references, known),
    }));
}

function elementOf({ type }: TypeRef): ValueType {
  return type.kind === "array" ? type.items.type : type;
}
