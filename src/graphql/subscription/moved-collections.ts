import type { Catalog } from "../../catalog/types.ts";
import { isPlainObject } from "../../read-model/query/compare.ts";
import type { Filter } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";

type Moves = ReadonlyMap<string, string>;

const known = new WeakMap<Catalog, { readonly newest: Catalog; readonly moves: Moves }>();

/**
 * Where the documents of a collection are by now, to one who goes on with the catalog that it began with: a subscription.
 * Whatever else reads, reads where its catalog says, from the beginning to the end.
 */
export function collectionNow(context: GraphQLContext, collection: string): string {
  return movesOf(context)?.get(collection) ?? collection;
}

/** A pipeline whose joins look where the documents are by now: see {@link collectionNow}. */
export function pipelineNow(context: GraphQLContext, pipeline: readonly Filter[]): readonly Filter[] {
  const moves = movesOf(context);
  return moves === undefined || moves.size === 0 ? pipeline : pipeline.map((stage) => stageNow(stage, moves));
}

function stageNow(stage: Filter, moves: Moves): Filter {
  const lookup = stage["$lookup"];
  if (!isPlainObject(lookup)) return stage;
  const { from, pipeline } = lookup;
  return {
    $lookup: {
      ...lookup,
      ...(typeof from === "string" && { from: moves.get(from) ?? from }),
      ...(Array.isArray(pipeline) && {
        pipeline: pipeline.filter(isPlainObject).map((inner) => stageNow(inner, moves)),
      }),
    },
  };
}

/** Undefined: the context is held to its own catalog, or that is the newest. */
function movesOf({ services, session }: GraphQLContext): Moves | undefined {
  if (session.isLive !== true) return undefined;
  const { catalog } = services;
  const newest = services.newestCatalog();
  if (newest === catalog) return undefined;
  const last = known.get(catalog);
  if (last?.newest === newest) return last.moves;
  const places = new Map(newest.aggregates.map(({ name, collection }) => [name, collection]));
  const moves = new Map(catalog.aggregates.map(({ name, collection }) => [collection, places.get(name) ?? collection]));
  known.set(catalog, { newest, moves });
  return moves;
}
