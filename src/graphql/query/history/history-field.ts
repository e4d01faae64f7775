import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from "graphql";
import type { EventItem } from "../../../feed/event-feed.ts";
import { toEventItem } from "../../../feed/events/event-item.ts";
import type { EventsPage } from "../../../history/history.ts";
import type { GraphQLContext } from "../../context.ts";
import { checkedKey } from "../../key.ts";
import type { AggregateParts } from "../../parts.ts";
import { type PageInfo, pageInfoType } from "../../types/page-info.ts";
import { type SliceArguments, sliceOf } from "../connection/slice.ts";
import { historyCursor, readHistoryCursor } from "./cursor.ts";
import { historyOf } from "./history-request.ts";
import { mayReadEvents } from "./history-scope.ts";

interface HistoryArguments extends SliceArguments {
  readonly id: string;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** A page of events. */
interface HistoryPage {
  readonly nodes: readonly EventItem[];
  readonly pageInfo: PageInfo;
}

/** The query of the events of one key, by pages. */
export function historyField(parts: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, HistoryArguments> {
  const { plan, limits } = parts;
  const { defaultPageSize, maxPageSize } = limits;
  const sizes = `at most ${maxPageSize}`;
  return {
    type: new GraphQLNonNull(historyType(parts)),
    description: `The events of one ${plan.typeName} that were applied, tombstones too, the newest last.`,
    args: {
      id: { type: new GraphQLNonNull(GraphQLID), description: "The key of the events." },
      first: { type: GraphQLInt, description: `How many from the oldest on, ${sizes}; default: ${defaultPageSize}.` },
      after: { type: GraphQLString, description: "A cursor of the same id: what follows it." },
      last: { type: GraphQLInt, description: `How many of the newest, ${sizes}; not with \`first\`.` },
      before: { type: GraphQLString, description: "A cursor of the same id: what comes before it." },
    },
    resolve: async (_root, args, context) => await readHistory(parts, args, context),
  };
}

function historyType({ plan, events }: AggregateParts): GraphQLObjectType<HistoryPage, GraphQLContext> {
  return new GraphQLObjectType<HistoryPage, GraphQLContext>({
    name: plan.history.typeName,
    description: `A page of the events of one ${plan.typeName}.`,
    fields: {
      nodes: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(events))),
        description: "The events, the newest last.",
      },
      pageInfo: { type: new GraphQLNonNull(pageInfoType), description: "Where the page stands in the history." },
    },
  });
}

async function readHistory(
  { plan, limits }: AggregateParts,
  args: HistoryArguments,
  context: GraphQLContext,
): Promise<HistoryPage> {
  const id = checkedKey(args.id);
  const { aggregate } = plan;
  const { size: limit, fromEnd: newest } = sliceOf(args, limits);
  const after = readHistoryCursor(args.after, "after", aggregate.name, id);
  const before = readHistoryCursor(args.before, "before", aggregate.name, id);
  if (!mayReadEvents(context, plan, id)) return pageOf([], { hasNext: false, hasPrevious: false }, aggregate.name);
  const request = { ...historyOf(context, aggregate, id), after, before, limit, newest };
  const page = await context.services.history.events(request);
  const hasNext = newest ? before !== undefined : page.more;
  const hasPrevious = newest ? page.more : after !== undefined;
  return pageOf(itemsOf(page), { hasNext, hasPrevious }, aggregate.name);
}

/** Who subscribes to events with the cursor of one is told what comes after it. */
function itemsOf({ events, positions }: EventsPage): readonly EventItem[] {
  return events.map((event) => toEventItem(event, positions));
}

function pageOf(
  nodes: readonly EventItem[],
  { hasNext, hasPrevious }: { readonly hasNext: boolean; readonly hasPrevious: boolean },
  aggregate: string,
): HistoryPage {
  const cursorAt = (index: number): string | null => {
    const item = nodes.at(index);
    return item === undefined ? null : historyCursor(aggregate, item.id, item.record.offset);
  };
  const pageInfo = {
    hasNextPage: () => hasNext,
    hasPreviousPage: () => hasPrevious,
    startCursor: () => cursorAt(0),
    endCursor: () => cursorAt(-1),
  };
  return { nodes, pageInfo };
}
