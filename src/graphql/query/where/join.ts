import type { Filter } from "../../../read-model/read-model.ts";
import { bothFilters } from "../../context.ts";
import { type Asked, type Join, type Place, type Related, allOf } from "./place.ts";
import type { RelationField } from "./where-field.ts";

/** The join that looks for a related document that matches. */
export function joinOf({ key, relation, path }: RelationField, place: Place, index: number, related: Related): Join {
  // No column's name has a sign in it.
  const as = `~join${index}`;
  const column = `${place.prefix}${path}`;
  const own = relation === "many" ? "_id" : column;
  const localField = key === "text" ? own : `${as}-key`;
  const lookup = {
    from: related.collection,
    localField,
    foreignField: related.path,
    pipeline: [...stagesOf(related), { $project: { _id: 1 } }, { $limit: 1 }],
    as,
  };
  const field = { as, path: own, key, related };
  if (key === "text") return { ...field, stages: [{ $lookup: lookup }], fields: [as] };
  const set = { [localField]: relation === "many" ? KEY_AS_INTEGER : keyOf(column, relation) };
  return { ...field, stages: [{ $set: set }, { $lookup: lookup }], fields: [as, localField] };
}

/** The stages that leave the related documents which match. */
function stagesOf({ asked, scope }: Related): readonly Filter[] {
  const { filter, stages } = inStages(asked);
  const match = bothFilters(filter, scope);
  return [...(Object.keys(match).length === 0 ? [] : [{ $match: match }]), ...stages];
}

/** Conditions as a filter that needs no joins, and the stages that do what it doesn't. */
export function inStages({ clauses, joins }: Asked): { readonly filter: Filter; readonly stages: readonly Filter[] } {
  const { filter } = allOf(clauses.filter(({ joined }) => !joined));
  const joined = allOf(clauses.filter((clause) => clause.joined));
  if (!joined.joined) return { filter, stages: [] };
  const fields = joins.flatMap((join) => join.fields);
  return { filter, stages: [...joins.flatMap(({ stages }) => stages), { $match: joined.filter }, { $unset: fields }] };
}

/** Keys are texts. */
function keyOf(column: string, relation: "one" | "list"): Filter {
  if (relation === "one") return { $toString: `$${column}` };
  return { $map: { input: `$${column}`, in: { $toString: "$$this" } } };
}

/** A key as the integer that has no other text: `false`, which is no integer, where there is none. */
const KEY_AS_INTEGER = {
  $let: {
    vars: { number: { $convert: { input: "$_id", to: "long", onError: false } } },
    in: { $cond: [{ $eq: [{ $toString: "$$number" }, "$_id"] }, "$$number", false] },
  },
};
