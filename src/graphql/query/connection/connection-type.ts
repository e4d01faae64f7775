import {
  type GraphQLFieldConfig,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import { type PageInfo, pageInfoType } from "../../types/page-info.ts";
import type { Cursors } from "./cursor.ts";
import type { ConnectionPage } from "./read-page.ts";

/** A connection as its fields need it: nothing is read before it is asked for. */
export interface ConnectionSource {
  readonly cursors: Cursors;
  /** Read once, whatever asks for it. */
  page(): Promise<ConnectionPage>;
  hasNext(): Promise<boolean>;
  hasPrevious(): Promise<boolean>;
  count(): Promise<number>;
}

/** A document and the order that its cursor is of. */
interface EdgeSource {
  readonly document: StoredDocument;
  readonly cursors: Cursors;
}

/** The connection of an aggregate's documents. */
export function connectionType({
  plan,
  document,
}: AggregateParts): GraphQLObjectType<ConnectionSource, GraphQLContext> {
  const { typeName, connection } = plan;
  const edge = edgeType(connection.edgeName, typeName, document);
  return new GraphQLObjectType<ConnectionSource, GraphQLContext>({
    name: connection.typeName,
    description: `A page of ${typeName} documents.`,
    fields: {
      edges: fieldOf(listOf(edge), "The documents with their cursors.", async (source) =>
        (await source.page()).documents.map((one): EdgeSource => ({ document: one, cursors: source.cursors })),
      ),
      nodes: fieldOf(listOf(document), "The documents alone.", async (source) => (await source.page()).documents),
      pageInfo: fieldOf(new GraphQLNonNull(pageInfoType), "Where the page stands in the list.", pageInfoOf),
      totalCount: fieldOf(
        new GraphQLNonNull(GraphQLInt),
        "How many documents the whole list has: counted where it is asked for.",
        (source) => source.count(),
      ),
    },
  });
}

function edgeType(
  name: string,
  typeName: string,
  document: AggregateParts["document"],
): GraphQLObjectType<EdgeSource, GraphQLContext> {
  return new GraphQLObjectType<EdgeSource, GraphQLContext>({
    name,
    description: `A ${typeName} with its place in the list.`,
    fields: {
      node: fieldOf(new GraphQLNonNull(document), "The document.", (edge: EdgeSource) => edge.document),
      cursor: fieldOf(new GraphQLNonNull(GraphQLString), "Its place, for `after` and `before`.", (edge) =>
        edge.cursors.of(edge.document),
      ),
    },
  });
}

function pageInfoOf(source: ConnectionSource): PageInfo {
  return {
    hasNextPage: () => source.hasNext(),
    hasPreviousPage: () => source.hasPrevious(),
    startCursor: () => cursorAt(source, 0),
    endCursor: () => cursorAt(source, -1),
  };
}

async function cursorAt(source: ConnectionSource, index: number): Promise<string | null> {
  const document = (await source.page()).documents.at(index);
  return document === undefined ? null : source.cursors.of(document);
}

function listOf(type: GraphQLObjectType<EdgeSource, GraphQLContext> | AggregateParts["document"]): GraphQLOutputType {
  return new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));
}

function fieldOf<Source>(
  type: GraphQLOutputType,
  description: string,
  resolve: (source: Source) => unknown,
): GraphQLFieldConfig<Source, GraphQLContext> {
  return { type, description, resolve };
}
