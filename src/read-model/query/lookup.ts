import type { Filter } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";

/** A join with another collection: `$lookup`. */
export interface Lookup {
  readonly collection: string;
  /** The field of that collection by which its documents are found; undefined: all of them are looked at. */
  readonly field: string | undefined;
  /** The joins that are made for each document that was found. */
  readonly inner: readonly Lookup[];
}

/** Reads the argument of a `$lookup`; undefined where it joins with no collection. */
export function lookupOf(argument: unknown): Lookup | undefined {
  if (!isPlainObject(argument)) return undefined;
  const { from, foreignField, pipeline } = argument;
  if (typeof from !== "string") return undefined;
  const stages = Array.isArray(pipeline) ? pipeline.filter(isPlainObject) : [];
  const field = typeof foreignField === "string" ? foreignField : comparedField(stages[0]);
  return { collection: from, field, inner: stages.flatMap(({ $lookup }) => lookupOf($lookup) ?? []) };
}

/** The field that `$match: { $expr: { $eq: ["$field", "$$variable"] } }` finds documents by. */
function comparedField(stage: Filter | undefined): string | undefined {
  const expression = childOf(childOf(stage, "$match"), "$expr");
  const [first] = [childOf(expression, "$and")].flat();
  const compared = childOf(first, "$eq") ?? childOf(expression, "$eq");
  if (!Array.isArray(compared)) return undefined;
  const field: unknown = compared.find((side) => typeof side === "string" && /^\$[^$]/.test(side));
  return typeof field === "string" ? field.slice(1) : undefined;
}

function childOf(value: unknown, name: string): unknown {
  return isPlainObject(value) ? value[name] : undefined;
}
