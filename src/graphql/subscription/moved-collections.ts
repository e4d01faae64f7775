import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { columnsChanged } from "../../feed/changes/errors.ts";
import { lostColumn } from "../../feed/changes/following.ts";
import { isPlainObject } from "../../read-model/query/compare.ts";
import type { Filter } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { allColumns } from "./whereabouts.ts";

/** Where the documents of an aggregate have moved. */
interface Move {
  readonly aggregate: string;
  readonly collection: string;
  /** What isn't in them any more as it was, in words; undefined: all is. */
  readonly lost: string | undefined;
}

type Moves = ReadonlyMap<string, Move>;

const known = new WeakMap<Catalog, { readonly newest: Catalog; readonly moves: Moves }>();

/**
 * Where the documents of a collection are by now, to one who goes on with the catalog that it began with: a subscription.
 * Whatever else reads, reads where its catalog says, from the beginning to the end.
 * @throws EventQLError `PROJECTION_CHANGED` where they are without something that it may count on, or that it is limited by.
 */
export function collectionNow(context: GraphQLContext, collection: string): string {
  const moves = movesOf(context);
  return moves === undefined ? collection : placeNow(moves, collection);
}

/** A pipeline whose joins look where the documents are by now. @throws EventQLError as {@link collectionNow}. */
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
      ...(typeof from === "string" && { from: placeNow(moves, from) }),
      ...(Array.isArray(pipeline) && {
        pipeline: pipeline.filter(isPlainObject).map((inner) => stageNow(inner, moves)),
      }),
    },
  };
}

function placeNow(moves: Moves, collection: string): string {
  const move = moves.get(collection);
  if (move?.lost !== undefined) throw columnsChanged(move.aggregate, move.lost);
  return move?.collection ?? collection;
}

/** Undefined: the context is held to its own catalog, or that is the newest. */
function movesOf({ services, session }: GraphQLContext): Moves | undefined {
  if (session.isLive !== true) return undefined;
  const { catalog } = services;
  const newest = services.newestCatalog();
  if (newest === catalog) return undefined;
  const last = known.get(catalog);
  if (last?.newest === newest) return last.moves;
  const places = new Map(newest.aggregates.map((aggregate) => [aggregate.name, aggregate]));
  const moves = new Map(
    catalog.aggregates.flatMap((before) => {
      const now = places.get(before.name);
      return now === undefined || now.collection === before.collection
        ? []
        : [[before.collection, moveOf(before, now)]];
    }),
  );
  known.set(catalog, { newest, moves });
  return moves;
}

function moveOf(before: Aggregate, now: Aggregate): Move {
  return { aggregate: now.name, collection: now.collection, lost: lostColumn(allColumns(before), allColumns(now)) };
}
