import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from "graphql";
import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { documentAggregate } from "../types/document-aggregate.ts";

/** An aggregate whose documents other subgraphs may refer to. */
export interface Entity {
  readonly type: GraphQLObjectType;
  readonly aggregate: Aggregate;
}

/** The entities of an API by the names of their types: all aggregates. */
export function entitiesOf(api: GraphQLSchema, { aggregates }: Catalog): ReadonlyMap<string, Entity> {
  const byName = new Map(aggregates.map((aggregate) => [aggregate.name, aggregate]));
  return new Map(
    Object.values(api.getTypeMap()).flatMap((type): readonly (readonly [string, Entity])[] => {
      const aggregate = byName.get(documentAggregate(type) ?? "");
      return aggregate === undefined || !isObjectType(type) ? [] : [[type.name, { type, aggregate }]];
    }),
  );
}
