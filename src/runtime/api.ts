import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { buildSchema } from "../graphql/build-schema.ts";
import { buildValidSchema } from "../graphql/build-valid-schema.ts";
import { createContext } from "../graphql/context.ts";
import { type GraphQLLimits, type GraphQLServices, defaultLimits } from "../graphql/services.ts";
import { compilePolicies } from "../graphql/policies/compile-policies.ts";
import { accessPolicy, policySettings } from "../security/access-policy.ts";
import { type Authorize, type RequestContext, allowAll } from "../security/authorize.ts";
import type { ServedRoutes } from "../server/rest/rest-routes.ts";
import { type BuiltRoutes, buildRoutes } from "./rest.ts";

/** The GraphQL API of the newest catalog. */
export interface Api {
  schema(): ReturnType<typeof buildSchema>;
  createContext(caller: RequestContext): object;
  /** The routes beside it. */
  routes(): ServedRoutes;
}

/** What is made of each catalog for its API. */
interface BuiltApi {
  readonly schema: ReturnType<typeof buildSchema>;
  readonly authorize: Authorize;
  readonly routes: BuiltRoutes;
}

/** The APIs of catalogs. */
export interface ApiBuilder {
  /** Built once for the same aggregates. @throws EventQLError `CATALOG_INVALID` where there can't be one. */
  of(catalog: Catalog): BuiltApi;
}

/** Builds the API of each catalog that is in use, or about to be, with the policy that the configuration has for it. */
export function createApiBuilder(config: Config, limits: GraphQLLimits): ApiBuilder {
  const built = new WeakMap<Catalog["aggregates"], BuiltApi>();
  const settings = policySettings(config);
  const access = accessPolicy(config) ?? allowAll;
  return {
    of(catalog) {
      const known = built.get(catalog.aggregates);
      if (known !== undefined) return known;
      const authorize = settings === undefined ? access : compilePolicies(catalog, settings, limits);
      const schema = buildValidSchema({ catalog, limits });
      const api = { schema, authorize, routes: buildRoutes(config, catalog, schema) };
      built.set(catalog.aggregates, api);
      return api;
    },
  };
}

/** The API of the newest catalog, which was built before the catalog came into use. */
export function createApi(
  live: Pick<LiveCatalog, "current">,
  builder: ApiBuilder,
  services: Omit<GraphQLServices, "catalog" | "newestCatalog" | "authorize">,
): Api {
  return {
    schema: () => builder.of(live.current()).schema,
    routes: () => builder.of(live.current()).routes,
    createContext(caller) {
      const catalog = live.current();
      const newestCatalog = (): Catalog => live.current();
      return createContext({ ...services, catalog, newestCatalog, authorize: builder.of(catalog).authorize }, caller);
    },
  };
}

/** What one request may ask for, by the configuration. */
export function graphqlLimits(limits: {
  readonly inLength: number;
  readonly pageSize: number;
  readonly maxPageSize: number;
  readonly queryMs: number;
  readonly scannedDocuments: number;
  readonly subscriptions: number;
}): GraphQLLimits {
  return {
    ...defaultLimits,
    defaultPageSize: limits.pageSize,
    maxPageSize: limits.maxPageSize,
    maxInLength: limits.inLength,
    maxExaminedDocuments: limits.scannedDocuments,
    maxQueryMs: limits.queryMs,
    maxSubscriptions: limits.subscriptions,
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
