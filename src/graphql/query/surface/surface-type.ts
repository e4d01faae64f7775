import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { Meta } from "../../../model/meta.ts";
import type { GraphQLContext } from "../../context.ts";
import { type PageInfo, pageInfoType } from "../../types/page-info.ts";
import { DateTimeScalar, LongScalar } from "../../types/scalars.ts";

/** The newest event of a key that has a document. */
export interface SurfaceEntry {
  readonly id: string;
  readonly meta: Meta;
  /** Null where it isn't known, or isn't told. */
  readonly hash: string | null;
}

/** Some of a topic's keys. */
export interface SurfacePage {
  nodes(): Promise<readonly SurfaceEntry[]>;
  readonly pageInfo: PageInfo;
}

/** The type of a page of a surface. */
export function surfacePageType(): GraphQLObjectType<SurfacePage, GraphQLContext> {
  return new GraphQLObjectType<SurfacePage, GraphQLContext>({
    name: "SurfacePage",
    description: "A page of the keys of a topic, each with its newest event.",
    fields: {
      nodes: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(surfaceEntryType()))),
        description: "The keys, in their order.",
      },
      pageInfo: { type: new GraphQLNonNull(pageInfoType), description: "Where the page stands among all keys." },
    },
  });
}

function surfaceEntryType(): GraphQLObjectType<SurfaceEntry, GraphQLContext> {
  return new GraphQLObjectType<SurfaceEntry, GraphQLContext>({
    name: "SurfaceEntry",
    description: "The newest event of a key that has a document.",
    fields: {
      id: shown(GraphQLID, "The key.", ({ id }) => id),
      version: shown(LongScalar, "The event's offset: the document's version.", ({ meta }) => String(meta.offset)),
      hash: {
        type: GraphQLString,
        description:
          "What the newest event that counts says, as 32 hexadecimal digits: equal events have equal hashes. Null where the document is older than the topic's ownership, or has columns that you may not see.",
        resolve: ({ hash }) => hash,
      },
      type: shown(GraphQLString, "The full Avro name of the event's type.", ({ meta }) => meta.type),
      updatedAt: shown(DateTimeScalar, "The event's timestamp.", ({ meta }) => meta.updated.toISOString()),
    },
  });
}

function shown(
  type: GraphQLOutputType & { readonly name: string },
  description: string,
  resolve: (entry: SurfaceEntry) => unknown,
): GraphQLFieldConfig<SurfaceEntry, GraphQLContext> {
  return { type: new GraphQLNonNull(type), description, resolve };
}
