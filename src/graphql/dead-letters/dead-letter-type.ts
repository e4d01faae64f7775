import DataLoader from "dataloader";
import {
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from "graphql";
import type { DeadLetterPage, ShownDeadLetter } from "../../model/dead-letter-administration.ts";
import type { GraphQLContext } from "../context.ts";
import { type PageInfo, pageInfoType } from "../types/page-info.ts";
import { JsonScalar } from "../types/json-scalar.ts";
import { Base64Scalar, DateTimeScalar, LongScalar } from "../types/scalars.ts";
import { given, needed } from "../types/described-field.ts";

/** By the service that counts them: requests that ask at the same time share a read. */
const waiting = new WeakMap<GraphQLContext["session"], DataLoader<ShownDeadLetter, number>>();

/** An event that could not be applied, or waits. */
export const deadLetterType: GraphQLObjectType<ShownDeadLetter, GraphQLContext> = new GraphQLObjectType<
  ShownDeadLetter,
  GraphQLContext
>({
  name: "DeadLetter",
  description: "An event that a projection or stream could not apply, or one that waits behind such an event.",
  fields: {
    id: needed(GraphQLID, "What to settle it by.", ({ id }) => id),
    projection: needed(
      GraphQLString,
      "What could not apply it: `aggregates` for the documents of topics, or the name of a projection in code or a stream.",
      ({ projection }) => projection,
    ),
    topic: needed(GraphQLString, "Where it was read.", ({ topic }) => topic),
    partition: needed(GraphQLInt, "Its partition.", ({ partition }) => partition),
    offset: needed(LongScalar, "Its offset.", ({ offset }) => String(offset)),
    key: given(GraphQLString, "Its key; null: it has none that is valid.", ({ key }) => key),
    timestamp: needed(DateTimeScalar, "Its timestamp.", ({ timestamp }) => timestamp.toISOString()),
    code: needed(GraphQLString, "Why it can't be applied, as a code of errors.", ({ code }) => code),
    reason: needed(GraphQLString, "Why, for people.", ({ reason }) => reason),
    waiting: needed(
      GraphQLBoolean,
      "Whether nothing is wrong with it but that an earlier event of its key is a dead letter.",
      (letter) => letter.waiting,
    ),
    waitingBehind: needed(GraphQLInt, "How many events wait behind it.", async (letter, context) =>
      letter.waiting ? 0 : await countOf(letter, context),
    ),
    eventType: given(
      GraphQLString,
      "The full Avro name of its type; null: that can't be told, or it is a tombstone.",
      ({ eventType }) => eventType,
    ),
    payload: given(
      JsonScalar,
      "Its fields by their Avro names, but for hidden ones; null: it can't be decoded, or is a tombstone.",
      ({ payload }) => payload,
    ),
    bytes: given(
      Base64Scalar,
      "The record's value where it can't be decoded; null: it can, is a tombstone, or may hold what is hidden.",
      ({ bytes }) => (bytes === undefined ? undefined : Buffer.from(bytes).toString("base64")),
    ),
  },
});

/** A page of dead letters. */
export const deadLetterPageType: GraphQLObjectType<ShownPage, GraphQLContext> = new GraphQLObjectType<
  ShownPage,
  GraphQLContext
>({
  name: "DeadLetterPage",
  description: "A page of dead letters.",
  fields: {
    nodes: {
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(deadLetterType))),
      description: "By what could not apply them, their topics, partitions and offsets.",
    },
    pageInfo: { type: new GraphQLNonNull(pageInfoType), description: "Where the page stands among all of them." },
  },
});

/** A page as it is shown. */
export interface ShownPage {
  readonly nodes: readonly ShownDeadLetter[];
  readonly pageInfo: PageInfo;
}

/** Shows a page; `isFirst`: nothing was to come before it. */
export function shownPage({ letters, hasMore }: DeadLetterPage, isFirst: boolean): ShownPage {
  return {
    nodes: letters,
    pageInfo: {
      hasNextPage: () => hasMore,
      hasPreviousPage: () => !isFirst,
      startCursor: () => letters[0]?.cursor ?? null,
      endCursor: () => letters.at(-1)?.cursor ?? null,
    },
  };
}

async function countOf(letter: ShownDeadLetter, { services, session }: GraphQLContext): Promise<number> {
  const known = waiting.get(session);
  const loader =
    known ??
    new DataLoader<ShownDeadLetter, number>(async (letters) => {
      const counts = await services.deadLetters.waitingBehind(letters);
      return letters.map(({ id }) => counts.get(id) ?? 0);
    });
  if (known === undefined) waiting.set(session, loader);
  return await loader.load(letter);
}
