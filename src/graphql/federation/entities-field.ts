import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  GraphQLUnionType,
} from "graphql";
import { EventQLError, messageOf } from "../../errors.ts";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { loadDocument } from "../query/read-documents.ts";
import type { Entity } from "./entities.ts";

type Entities = ReadonlyMap<string, Entity>;

/** Where a document carries the name of its type. */
const TYPE: unique symbol = Symbol("type of an entity");

type EntityDocument = StoredDocument & { readonly [TYPE]: string };

interface EntitiesArguments {
  readonly representations: readonly unknown[];
}

/** The query by which a gateway reads documents that other subgraphs refer to: one read for each aggregate. */
export function entitiesField(entities: Entities): GraphQLFieldConfig<unknown, GraphQLContext, EntitiesArguments> {
  return {
    type: new GraphQLNonNull(new GraphQLList(entityUnion(entities))),
    description: "For the gateway of a supergraph: documents in the order of their keys, null where there is none.",
    args: { representations: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(anyScalar))) } },
    resolve: (_root, { representations }, context) => {
      checkLength(representations, context.services.limits.maxInLength);
      return representations.map((representation) => loadEntity(entities, representation, context));
    },
  };
}

const anyScalar = new GraphQLScalarType({
  name: "_Any",
  description: "The key of an entity: an object with `__typename` and `id`.",
});

function entityUnion(entities: Entities): GraphQLUnionType {
  return new GraphQLUnionType({
    name: "_Entity",
    description: "Whatever other subgraphs may refer to by its key.",
    types: [...entities.values()].map(({ type }) => type),
    resolveType: (document: EntityDocument) => document[TYPE],
  });
}

/** Rejects, never throws: an error of one concerns that one alone. */
async function loadEntity(
  entities: Entities,
  representation: unknown,
  context: GraphQLContext,
): Promise<EntityDocument | null> {
  const [name, entity] = entityOf(entities, fieldOf(representation, "__typename"));
  const document = await loadDocument(context, entity.aggregate, checkedKey(idOf(representation, name)));
  return document === null ? null : { ...document, [TYPE]: name };
}

function entityOf(entities: Entities, name: unknown): readonly [string, Entity] {
  const entity = typeof name === "string" ? entities.get(name) : undefined;
  if (typeof name === "string" && entity !== undefined) return [name, entity];
  throw new EventQLError(
    "BAD_USER_INPUT",
    "A representation's __typename must be the type of an aggregate of this API: compose the supergraph anew.",
  );
}

/** As GraphQL reads an ID. */
function idOf(representation: unknown, name: string): string {
  try {
    return GraphQLID.parseValue(fieldOf(representation, "id"));
  } catch (error) {
    throw new EventQLError("BAD_USER_INPUT", `A representation of ${name} must have its id: ${messageOf(error)}.`);
  }
}

function fieldOf(representation: unknown, name: string): unknown {
  return isFields(representation) && Object.hasOwn(representation, name) ? representation[name] : undefined;
}

function isFields(representation: unknown): representation is Readonly<Record<string, unknown>> {
  return typeof representation === "object" && representation !== null;
}

function checkLength({ length }: readonly unknown[], maximum: number): void {
  if (length <= maximum) return;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `representations has ${length} elements, at most ${maximum} are allowed: ask in several requests.`,
    { details: { maximum } },
  );
}
