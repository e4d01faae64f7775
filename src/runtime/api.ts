import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Catalog } from "../catalog/types.ts";
import { buildSchema } from "../graphql/build-schema.ts";
import { createContext } from "../graphql/context.ts";
import { type GraphQLLimits, type GraphQLServices, defaultLimits } from "../graphql/services.ts";
import type { RequestContext } from "../security/authorize.ts";

/** The GraphQL API of the newest catalog. */
export interface Api {
  schema(): ReturnType<typeof buildSchema>;
  createContext(caller: RequestContext): object;
}

/** Builds the API, and builds it anew when the catalog is another one. */
export function createApi(live: LiveCatalog, services: Omit<GraphQLServices, "catalog">): Api {
  let built: { readonly of: Catalog; readonly schema: ReturnType<typeof buildSchema> } | undefined;
  const current = (): { readonly of: Catalog; readonly schema: ReturnType<typeof buildSchema> } => {
    const catalog = live.current();
    if (built?.of !== catalog) built = { of: catalog, schema: buildSchema({ catalog, limits: services.limits }) };
    return built;
  };
  return {
    schema: () => current().schema,
    createContext: (caller) => createContext({ ...services, catalog: current().of }, caller),
  };
}

/** What one request may ask for, by the configuration. */
export function graphqlLimits(limits: {
  readonly inLength: number;
  readonly pageSize: number;
  readonly maxPageSize: number;
}): GraphQLLimits {
  return {
    ...defaultLimits,
    defaultPageSize: limits.pageSize,
    maxPageSize: limits.maxPageSize,
    maxInLength: limits.inLength,
  };
}

/** A first query that shows something, for GraphiQL: the first aggregate's list. */
export function firstQuery({ aggregates }: Catalog): string {
  const [first] = aggregates;
  if (first === undefined) return "# No aggregates yet: register an Avro schema for a topic.\n{\n  __typename\n}\n";
  const columns = first.columns
    .filter(({ hidden, type }) => !hidden && isPlain(type.type.kind))
    .map(({ graphqlName }) => `    ${graphqlName}`);
  return `query {\n  ${first.plural}(limit: 10) {\n    id\n${[...columns, "    _meta { version eventType updatedAt }"].join("\n")}\n  }\n}\n`;
}

function isPlain(kind: string): boolean {
  return !["record", "union", "array", "map"].includes(kind);
}
