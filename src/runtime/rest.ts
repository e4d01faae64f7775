import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { buildSchema } from "../graphql/build-schema.ts";
import { compileRoutes } from "../rest/compile-routes.ts";
import { openApiOf } from "../rest/openapi.ts";
import { describeRouteProblem, routesInvalid } from "../rest/route-problems.ts";
import { type RouteProblem, type RouteSpec, parseRoutes } from "../rest/route-spec.ts";
import type { ServedRoutes } from "../server/rest/rest-routes.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The routes of a catalog. */
export interface BuiltRoutes extends ServedRoutes {
  /** Why some can't be served. */
  readonly problems: readonly RouteProblem[];
}

/** The configured routes; none: there are no routes. */
export function routeSpecs({ routes }: Pick<Config, "routes">): readonly RouteSpec[] {
  return parseRoutes(routes ?? {}).specs;
}

/** Makes what the configured routes are by a catalog and its API; described when it is asked for. */
export function buildRoutes(config: Config, catalog: Catalog, schema: ReturnType<typeof buildSchema>): BuiltRoutes {
  const specs = routeSpecs(config);
  const { auth, introspection } = config;
  const compiled = specs.length === 0 ? [] : compileRoutes(specs, { catalog, schema, introspection });
  let described: ReturnType<ServedRoutes["openApi"]> | undefined;
  return {
    byName: new Map(compiled.map((route) => [route.spec.on, route])),
    problems: compiled.flatMap((route) => (route.operation === undefined ? route.problems : [])),
    openApi: () => (described ??= openApiOf(compiled, { generation: catalog.generation, auth })),
  };
}

/**
 * Checks the routes by the first catalog, and returns what is told of each later one: it logs each problem when it is first
 * met, and once when it is mended.
 * @throws EventQLError `CATALOG_INVALID` where routes don't fit the first.
 */
export function watchRoutes(
  routesOf: (catalog: Catalog) => Pick<BuiltRoutes, "problems">,
  first: Catalog,
  logger: Logger,
): (catalog: Catalog) => void {
  const { problems } = routesOf(first);
  if (problems.length > 0) throw routesInvalid(problems);
  let known: ReadonlySet<string> = new Set();
  return (catalog) => {
    const now = new Set(routesOf(catalog).problems.map(describeRouteProblem));
    for (const problem of now)
      if (!known.has(problem)) logger.error({ problem }, "a route can't be served by the schemas of now");
    for (const problem of known) if (!now.has(problem)) logger.info({ problem }, "a problem of a route is mended");
    known = now;
  };
}
