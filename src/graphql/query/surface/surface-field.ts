import { type GraphQLFieldConfig, GraphQLInt, GraphQLNonNull, GraphQLString } from "graphql";
import { didYouMean } from "../../../catalog/problems.ts";
import type { Aggregate } from "../../../catalog/types.ts";
import { EventQLError } from "../../../errors.ts";
import { metaOf } from "../../../model/meta.ts";
import type { StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import { scopeOf } from "../../permit.ts";
import type { AggregatePlan } from "../../plan.ts";
import type { GraphQLLimits } from "../../services.ts";
import { isVisible } from "../../visible.ts";
import { cursorsOf } from "../connection/cursor.ts";
import { type ConnectionPage, isAnyBefore, readPage } from "../connection/read-page.ts";
import { sliceOf } from "../connection/slice.ts";
import { type SurfaceEntry, type SurfacePage, surfacePageType } from "./surface-type.ts";

interface SurfaceArguments {
  readonly topic: string;
  readonly first?: number | null;
  readonly after?: string | null;
}

const BY_ID = { _id: 1 } as const;

/** The query of the newest event of every key of an owned topic; `plans` are those of all topics. */
export function surfaceField(
  plans: readonly AggregatePlan[],
  limits: GraphQLLimits,
): GraphQLFieldConfig<unknown, GraphQLContext, SurfaceArguments> {
  const { defaultPageSize, maxPageSize } = limits;
  return {
    type: new GraphQLNonNull(surfacePageType()),
    description:
      "The newest event of every key of an owned topic that has a document, in the order of the keys, to compare with what another system has.",
    args: {
      topic: { type: new GraphQLNonNull(GraphQLString), description: "The topic of the events." },
      first: { type: GraphQLInt, description: `How many, at most ${maxPageSize}; default: ${defaultPageSize}.` },
      after: { type: GraphQLString, description: "A cursor of the same topic: what follows it." },
    },
    resolve: (_root, args, context) => pageOf(ownedPlan(args.topic, plans, context), args, context, limits),
  };
}

function pageOf(
  plan: AggregatePlan,
  { first = null, after }: SurfaceArguments,
  context: GraphQLContext,
  limits: GraphQLLimits,
): SurfacePage {
  const { filter = {}, columns } = scopeOf(context, "read", plan.aggregate.name);
  const cursors = cursorsOf(plan, BY_ID);
  const request = {
    context,
    plan,
    matching: { filter, joins: [] },
    sort: BY_ID,
    slice: sliceOf({ first }, limits),
    after: after === null || after === undefined ? undefined : cursors.read(after, "after"),
    before: undefined,
    fields: ["_meta"],
  };
  let reading: Promise<ConnectionPage> | undefined;
  const page = (): Promise<ConnectionPage> => (reading ??= readPage(request));
  const cursorAt = async (index: number): Promise<string | null> => {
    const document = (await page()).documents.at(index);
    return document === undefined ? null : cursors.of(document);
  };
  const tellsHash = columns === undefined && !hidesAnything(plan.aggregate);
  return {
    nodes: async () => (await page()).documents.map((document) => entryOf(document, tellsHash)),
    pageInfo: {
      hasNextPage: async () => (await page()).hasMore,
      hasPreviousPage: async () => await isAnyBefore(request),
      startCursor: async () => await cursorAt(0),
      endCursor: async () => await cursorAt(-1),
    },
  };
}

/** Who has an event's hash can try what a hidden field of it might hold, whether or not it goes into a column. */
function hidesAnything({ columns, eventTypes }: Aggregate): boolean {
  return [...columns, ...eventTypes.flatMap(({ fields }) => fields)].some(({ hidden }) => hidden);
}

function entryOf(document: StoredDocument, tellsHash: boolean): SurfaceEntry {
  const meta = metaOf(document["_meta"]);
  if (meta !== undefined) return { id: document._id, meta, hash: tellsHash ? (meta.hash ?? null) : null };
  throw new EventQLError("INTERNAL", "The stored document has no `_meta`: it was not written by a projector.");
}

/** @throws EventQLError `NOT_OWNED` where the topic is open, `BAD_USER_INPUT` where there is none. */
function ownedPlan(topic: string, plans: readonly AggregatePlan[], context: GraphQLContext): AggregatePlan {
  const found = plans.find(({ aggregate }) => aggregate.topic === topic);
  if (found?.aggregate.owned !== undefined) return found;
  const owned = plans
    .filter(({ aggregate }) => aggregate.owned !== undefined && isVisible(context, aggregate))
    .map(({ aggregate }) => aggregate.topic);
  if (found === undefined) {
    const remedy = didYouMean(topic, owned);
    throw new EventQLError("BAD_USER_INPUT", `There is no topic ${topic}. ${remedy}${remedy.endsWith("?") ? "" : "."}`);
  }
  throw new EventQLError(
    "NOT_OWNED",
    `Topic ${topic} is open, so that no hash of its keys' newest events is kept: give an event type of it the hint ` +
      '"owned": true.',
    { details: { topic } },
  );
}
