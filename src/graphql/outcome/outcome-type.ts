import {
  GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import { type DecidedPosition, type Outcome, newestPositions } from "../../model/command.ts";
import { type Receipt, encodeCommandReceipt, encodeReceipt } from "../../model/receipt.ts";
import type { GraphQLContext } from "../context.ts";
import { statusType } from "../mutation/mutation-types.ts";
import { rejectionType, versionText } from "../mutation/owned-payload.ts";
import { mayKnowKey } from "../query/history/history-scope.ts";
import { DateTimeScalar, LongScalar } from "../types/scalars.ts";
import { decidedEventType } from "./decided-event-type.ts";
import type { SeenOutcome } from "./outcome-access.ts";
import { knowsKey, shownRejection } from "./shown-outcome.ts";

type Field = GraphQLFieldConfig<SeenOutcome, GraphQLContext>;

const kindType = new GraphQLEnumType({
  name: "CommandKind",
  description: "What a command asks for.",
  values: {
    COMMAND: { value: "command", description: "A decision of the aggregate's rules." },
    EVENT: { value: "event", description: "An event, appended as it is." },
    TOMBSTONE: { value: "tombstone", description: "A deletion." },
    TRANSACTION: { value: "transaction", description: "Several events, appended as one." },
    INVALIDATION: { value: "invalidation", description: "That a transaction be as if it had never been." },
  },
});

/** Kinds whose Avro types have names that clients know. */
const TYPED: ReadonlySet<Outcome["kind"]> = new Set(["command", "event"]);

/** How a command ended. Who may send it may know so; what tells of its key is for those who may read that. */
export const outcomeType: GraphQLObjectType<SeenOutcome, GraphQLContext> = new GraphQLObjectType<
  SeenOutcome,
  GraphQLContext
>({
  name: "CommandOutcome",
  description: "How a command ended. Outcomes are kept for 7 days.",
  fields: { ...plainFields(), ...fieldsOfKeys() },
});

function plainFields(): GraphQLFieldConfigMap<SeenOutcome, GraphQLContext> {
  return {
    commandId: needed(GraphQLID, "The command's id.", ({ outcome }) => outcome.commandId),
    kind: needed(kindType, "What it asked for.", ({ outcome }) => outcome.kind),
    type: {
      type: GraphQLString,
      description: "The full Avro name of its type; null for what has none.",
      resolve: ({ outcome: { kind, type } }) => (TYPED.has(kind) ? type : null),
    },
    aggregate: needed(GraphQLString, "The name of the aggregate that it was for.", ({ plan }) => plan.aggregate.name),
    topic: needed(GraphQLString, "The topic of its events.", ({ outcome }) => outcome.topic),
    status: needed(statusType, "`DECIDED` or `REJECTED`.", ({ outcome }) => outcome.status),
    rejection: {
      type: rejectionType,
      description: "Why it was refused; null unless the status is `REJECTED`.",
      resolve: async ({ plan, outcome: { id, rejection } }, _args, context) =>
        (await shownRejection(context, plan, id, rejection)) ?? null,
    },
    receipt: needed(
      GraphQLString,
      "Where its events are, or the command where it has none, or you may see nothing of a key of theirs. Pass it to `@consistentWith`.",
      async ({ plan, outcome }, context) => await receiptOf(context, plan, outcome),
    ),
    transaction: {
      type: LongScalar,
      description: "The id of the transaction, where it was one; its events carry it.",
      resolve: ({ outcome }) => versionText(outcome.transaction),
    },
    decidedAt: needed(DateTimeScalar, "When it was decided.", ({ outcome }) =>
      new Date(outcome.decidedAt).toISOString(),
    ),
  };
}

/** @throws in its resolvers EventQLError `FORBIDDEN` where the caller may not read the aggregate. */
function fieldsOfKeys(): GraphQLFieldConfigMap<SeenOutcome, GraphQLContext> {
  return {
    id: {
      type: GraphQLID,
      description: "The key that it was sent to; null for what has no single one, and where you may see nothing of it.",
      resolve: async ({ plan, outcome: { id } }, _args, context) =>
        id !== undefined && (await mayKnowKey(context, plan, id)) ? id : null,
    },
    version: {
      type: LongScalar,
      description: "The key's version behind it; null where there is none, and where you may see nothing of the key.",
      resolve: async ({ plan, outcome: { id, version } }, _args, context) =>
        id !== undefined && (await mayKnowKey(context, plan, id)) ? versionText(version) : null,
    },
    events: {
      type: new GraphQLList(new GraphQLNonNull(decidedEventType)),
      description: "Where the events are that it led to, those of keys of which you may see anything.",
      resolve: async ({ plan, outcome }, _args, context) => {
        const known = await Promise.all(outcome.events.map(async ({ id }) => await mayKnowKey(context, plan, id)));
        return outcome.events.filter((_event: DecidedPosition, index) => known[index]);
      },
    },
  };
}

/** Positions are versions: who may not know those gets a receipt that stands for the same. */
async function receiptOf(
  context: GraphQLContext,
  plan: SeenOutcome["plan"],
  { topic, commandId, events }: Outcome,
): Promise<Receipt> {
  const [first, ...others] = newestPositions(topic, events);
  const known = await Promise.all(events.map(async ({ id }) => await knowsKey(context, plan, id)));
  return first === undefined || known.includes(false)
    ? encodeCommandReceipt(topic, commandId)
    : encodeReceipt(first, ...others);
}

function needed(
  type: GraphQLOutputType & { readonly name: string },
  description: string,
  resolve: (seen: SeenOutcome, context: GraphQLContext) => unknown,
): Field {
  return {
    type: new GraphQLNonNull(type),
    description,
    resolve: (seen, _args, context) => resolve(seen, context),
  };
}
