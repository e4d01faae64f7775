import {
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLScalarType,
  GraphQLString,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
} from "graphql";
import type { Aggregate } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import { type Meta, metaOf } from "../../model/meta.ts";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { guardedColumn } from "../guarded-column.ts";
import type { AggregateParts } from "../parts.ts";
import type { AggregatePlan } from "../plan.ts";
import { relationFields } from "../query/relation/relation-fields.ts";
import { documentExtensions } from "./document-aggregate.ts";
import { isImagined } from "./imagined-document.ts";
import type { OutputTypes } from "./output.ts";
import { type ParkedKey, loadParkedKey } from "./parked-key.ts";
import { DateTimeScalar, LongScalar } from "./scalars.ts";

/** A document's `_meta` with the topic that its events are on, and whether any of them wait. */
interface DocumentMeta extends Meta {
  readonly topic: string;
  parked(context: GraphQLContext): Promise<ParkedKey | undefined>;
}

/** The object type of an aggregate's documents. */
export function documentType(
  plan: AggregatePlan,
  types: OutputTypes,
  of: AggregateParts["of"],
): GraphQLObjectType<StoredDocument, GraphQLContext> {
  const { aggregate, typeName } = plan;
  return new GraphQLObjectType<StoredDocument, GraphQLContext>({
    name: typeName,
    extensions: documentExtensions(aggregate.name),
    description: aggregate.doc ?? descriptionOf(aggregate),
    fields: () => ({ ...documentFields(plan, types), ...relationFields(of(aggregate.name)) }),
  });
}

function descriptionOf({ topic, projected }: Aggregate): string {
  if (projected === undefined) return `What the events of a key on topic ${topic} make together.`;
  return `What a projection makes of the events of ${projected.projection.from.join(", ")}.`;
}

function documentFields(
  { aggregate, columns }: AggregatePlan,
  types: OutputTypes,
): GraphQLFieldConfigMap<StoredDocument, GraphQLContext> {
  const fields: GraphQLFieldConfigMap<StoredDocument, GraphQLContext> = {
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key of the events.",
      resolve: ({ _id }) => _id,
    },
  };
  for (const { column, name } of columns)
    fields[name] = guardedColumn(
      types.field(column.name, column.type, { description: column.doc, deprecationReason: column.deprecated }),
      aggregate.name,
      name,
    );
  fields["_meta"] = {
    type: new GraphQLNonNull(metaType),
    description: "Where the document comes from, and its version.",
    resolve: (document) => documentMeta(document, aggregate),
  };
  return fields;
}

function documentMeta(document: StoredDocument, aggregate: Aggregate): DocumentMeta {
  if (isImagined(document))
    throw new EventQLError(
      "BAD_USER_INPUT",
      "The document is one that a dry run would lead to, and stands nowhere in the log: leave out its _meta.",
    );
  const meta = metaOf(document["_meta"]);
  if (meta !== undefined)
    return {
      ...meta,
      topic: aggregate.topic,
      parked: async (context) => await loadParkedKey(context, aggregate, document),
    };
  throw new EventQLError("INTERNAL", "The stored document has no `_meta`: it was not written by a projector.");
}

const metaType = new GraphQLObjectType<DocumentMeta, GraphQLContext>({
  name: "DocumentMeta",
  description: "Where a document comes from.",
  fields: {
    version: shown(LongScalar, "The offset of the newest event that was applied.", ({ offset }) => String(offset)),
    topic: shown(GraphQLString, "The topic of its events.", ({ topic }) => topic),
    partition: shown(GraphQLInt, "The partition of its events.", ({ partition }) => partition),
    offset: shown(LongScalar, "The offset of the newest event that was applied.", ({ offset }) => String(offset)),
    eventType: shown(GraphQLString, "The full Avro name of the newest event's type.", ({ type }) => type),
    createdAt: shown(DateTimeScalar, "The timestamp of the event that made it.", ({ created }) =>
      created.toISOString(),
    ),
    updatedAt: shown(DateTimeScalar, "The timestamp of the newest event.", ({ updated }) => updated.toISOString()),
    parked: {
      type: new GraphQLNonNull(GraphQLBoolean),
      description:
        "Whether newer events of the key wait, since one can't be applied: the document is as it was before.",
      resolve: async (meta, _args, context) => (await meta.parked(context)) !== undefined,
    },
    since: {
      type: DateTimeScalar,
      description: "The timestamp of the event that they wait for; null: none waits.",
      resolve: async (meta, _args, context) => (await meta.parked(context))?.since?.toISOString() ?? null,
    },
    reason: {
      type: GraphQLString,
      description: "Why that one can't be applied; null: none waits.",
      resolve: async (meta, _args, context) => reasonOf(await meta.parked(context)),
    },
  },
});

/** By its code alone: more of it may be what an event says, which not everybody may see. */
function reasonOf(parked: ParkedKey | undefined): string | null {
  return parked === undefined ? null : `An event of this key can't be applied: ${parked.code}.`;
}

function shown(
  type: GraphQLScalarType,
  description: string,
  resolve: (meta: DocumentMeta) => unknown,
): GraphQLFieldConfig<DocumentMeta, GraphQLContext> {
  return { type: new GraphQLNonNull(type), description, resolve };
}
