import { planSchema } from "../graphql/plan.ts";
import { compileWrite } from "./compile-write.ts";
import { type Report, documentView } from "./document-view.ts";
import { jsonReader } from "./json-input.ts";
import type { CompiledRoute, ReadOperation } from "./operation.ts";
import type { ReadRoute } from "./route-config.ts";
import { type RouteParts, aggregateOf } from "./route-parts.ts";
import { KEY_PARAMETER, type RouteProblem, type RouteSpec } from "./route-spec.ts";

/** Compiles routes for a catalog and its API: those that don't fit it come with what is wrong with them. */
export function compileRoutes(
  specs: readonly RouteSpec[],
  { catalog, schema, introspection }: Pick<RouteParts, "catalog" | "schema"> & { readonly introspection: boolean },
): readonly CompiledRoute[] {
  const parts = {
    catalog,
    schema,
    plan: planSchema(catalog),
    reader: jsonReader(introspection),
    pathOf: readPaths(specs),
  };
  return specs.map((spec) => {
    const problems: RouteProblem[] = [];
    const report: Report = (problem, remedy) => void problems.push({ on: spec.on, problem, remedy });
    const { route } = spec;
    const operation =
      "read" in route ? compileRead(route, parts, report) : compileWrite({ ...spec, route }, parts, report);
    return operation === undefined || problems.length > 0
      ? { spec, operation: undefined, problems }
      : { spec, operation };
  });
}

function compileRead({ read, columns }: ReadRoute, parts: RouteParts, report: Report): ReadOperation | undefined {
  const plan = aggregateOf(read, parts, report);
  if (plan === undefined) return undefined;
  return {
    kind: "read",
    view: documentView(plan, parts.plan, columns, report),
    document: (selection) => `query($id: ID!) { document: ${plan.singular}(id: $id) ${selection} }`,
  };
}

function readPaths(specs: readonly RouteSpec[]): RouteParts["pathOf"] {
  const paths = new Map<string, string>();
  for (const { route, parameters, path } of specs)
    if ("read" in route && parameters.every((name) => name === KEY_PARAMETER) && !paths.has(route.read))
      paths.set(route.read, path);
  return (aggregate) => paths.get(aggregate);
}
