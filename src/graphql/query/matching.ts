import type { Filter } from "../../read-model/read-model.ts";
import { type GraphQLContext, bothFilters } from "../context.ts";
import { permit, permitColumn } from "../permit.ts";
import type { AggregateParts } from "../parts.ts";
import { whereClauses } from "./where/compile-where.ts";
import { inStages } from "./where/join.ts";
import type { Asked } from "./where/place.ts";
import { eachWhereColumn } from "./where/where-columns.ts";

/** Which documents of an aggregate a reading is of. */
export interface Matching {
  /** What a document must match by itself: it comes first, so that an index serves it and little is joined. */
  readonly filter: Filter;
  /**
   * Pipeline stages that leave, of the documents that match the filter, those whose related documents are as asked, as
   * they were before; mostly none.
   */
  readonly joins: readonly Filter[];
}

/** A matching, and what it was made of. */
export interface AskedMatching extends Matching {
  readonly asked: Asked;
  /** What limits the documents that may be seen. */
  readonly scope: Filter | undefined;
}

/**
 * What a `where` asks for, of the documents that the caller may see.
 * @throws EventQLError `FORBIDDEN`, `BAD_USER_INPUT`, `LIMIT_EXCEEDED`.
 */
export function matchingOf(
  context: GraphQLContext,
  { plan, model, limits }: Pick<AggregateParts, "plan" | "model" | "limits">,
  where: unknown,
): AskedMatching {
  const { name } = plan.aggregate;
  const scope = permit(context, "read", name);
  eachWhereColumn(name, model, where, (aggregate, column) => permitColumn(context, "read", aggregate, column));
  const scopeOf = (aggregate: string): Filter | undefined => permit(context, "read", aggregate);
  const joins = { made: [], scopeOf };
  const clauses = whereClauses(model, where, limits, joins);
  return matching({ clauses, joins: joins.made }, scope);
}

/** The matching of conditions, of documents that may be seen. */
export function matching(asked: Asked, scope: Filter | undefined): AskedMatching {
  const { filter, stages } = inStages(asked);
  return { filter: bothFilters(filter, scope), joins: stages, asked, scope };
}

/** The stages of a pipeline that leave the documents of a matching. */
export function matchStages({ filter, joins }: Matching): readonly Filter[] {
  return Object.keys(filter).length === 0 ? joins : [{ $match: filter }, ...joins];
}
