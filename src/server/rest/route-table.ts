import findMyWay from "find-my-way";
import { KEY_PARAMETER, type RouteSpec } from "../../rest/route-spec.ts";
import type { RouteMethod } from "../../rest/route-config.ts";

/** The longest parameter in a path, in characters: a key of 1,024 bytes, each escaped. */
const MAX_PARAMETER = 3 * 1_024;

/** A route that a request means. */
export interface MatchedRoute {
  readonly spec: RouteSpec;
  /** The parameters of the path, unescaped. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The aggregate's key; undefined: the path has none. */
  readonly id: string | undefined;
}

/** Finds routes by methods and paths. */
export interface RouteTable {
  /** The route of a method and a path without its query; undefined: there is none. */
  find(method: string, path: string): MatchedRoute | undefined;
  /** The methods that a path has; none: it is no route's. */
  methodsOf(path: string): readonly string[];
}

/** Makes a table of routes that don't clash. A fixed part of a path comes before a parameter. */
export function createRouteTable(specs: readonly RouteSpec[]): RouteTable {
  const router = findMyWay({ maxParamLength: MAX_PARAMETER, caseSensitive: true });
  const byHandler = new Map<unknown, RouteSpec>();
  for (const spec of specs) {
    const handler = (): void => {};
    byHandler.set(handler, spec);
    router.on(spec.method, spec.path.replaceAll(/\{(\w+)\}/g, ":$1"), handler);
  }
  const methods = [...new Set(specs.map(({ method }) => method))];
  const find = (method: RouteMethod, path: string): MatchedRoute | undefined => {
    const found = router.find(method, path);
    const spec = byHandler.get(found?.handler);
    if (found === null || spec === undefined) return undefined;
    const parameters = Object.fromEntries(spec.parameters.map((name) => [name, found.params[name] ?? ""]));
    return { spec, parameters, id: parameters[KEY_PARAMETER] };
  };
  const known = (method: string): RouteMethod | undefined =>
    methods.find((each) => each === (method === "HEAD" ? "GET" : method));
  return {
    find: (method, path) => {
      const route = known(method);
      return route && find(route, path);
    },
    methodsOf: (path) =>
      methods
        .filter((method) => find(method, path) !== undefined)
        .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])),
  };
}
