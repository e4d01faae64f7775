import { didYouMean } from "../catalog/problems.ts";
import type { Route, RouteMethod } from "./route-config.ts";

/** A route as it is configured. */
export interface RouteSpec {
  /** What it is configured by: `PUT /values/{id}`. */
  readonly on: string;
  readonly method: RouteMethod;
  /** `/values/{id}`. */
  readonly path: string;
  /** The names of the path's parameters, in their order. */
  readonly parameters: readonly string[];
  readonly route: Route;
}

/** What is wrong with a route, as a sentence's end, and what to do. */
export interface RouteProblem {
  readonly on: string;
  readonly problem: string;
  readonly remedy: string;
}

/** The parameter of a path that is the aggregate's key. */
export const KEY_PARAMETER = "id";

/** What stands at paths already, by the paths' first parts. */
const RESERVED: ReadonlySet<string> = new Set(["graphql", "healthz", "readyz", "metrics", "openapi.json", "events"]);

const ON = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;
const FIXED = /^(?!\.{1,2}$)[\w.~-]+$/;
const PARAMETER = /^\{([A-Za-z_]\w*)\}$/;

/** A field's source in a route: `{name}` or `{?name}`. */
const SOURCE = /^\{(\??)([A-Za-z_]\w*)\}$/;

/** Where a field's value comes from. */
export interface FieldSource {
  readonly in: "path" | "query";
  readonly name: string;
}

/** Reads the source of a field; undefined: it is none. */
export function fieldSource(text: string): FieldSource | undefined {
  const [, query, name] = SOURCE.exec(text) ?? [];
  return name === undefined ? undefined : { in: query === "?" ? "query" : "path", name };
}

/** Reads the routes; what is wrong with them whatever the schemas are comes as problems. */
export function parseRoutes(routes: Readonly<Record<string, Route>>): {
  readonly specs: readonly RouteSpec[];
  readonly problems: readonly RouteProblem[];
} {
  const problems: RouteProblem[] = [];
  const specs: RouteSpec[] = [];
  for (const [on, route] of Object.entries(routes)) {
    const report = (problem: string, remedy: string): void => void problems.push({ on, problem, remedy });
    const spec = parseOn(on, route, report);
    if (spec === undefined) continue;
    checkRoute(spec, report);
    const shape = spec.path.replaceAll(/\{[^}]*\}/g, "{}");
    const alike = specs.filter((each) => each.path.replaceAll(/\{[^}]*\}/g, "{}") === shape);
    const same = alike.find(({ method }) => method === spec.method);
    const other = alike.find(({ path }) => path !== spec.path);
    if (same !== undefined) report(`is the same as "${same.on}"`, "Remove one of them");
    else if (other !== undefined) report(`has other names for the parameters of "${other.on}"`, "Name them alike");
    specs.push(spec);
  }
  return { specs, problems };
}

type Report = (problem: string, remedy: string) => void;

function parseOn(on: string, route: Route, report: Report): RouteSpec | undefined {
  const [, method, path = ""] = ON.exec(on) ?? [];
  if (!isMethod(method)) {
    report("is no method and path", 'Write GET, POST, PUT, PATCH or DELETE, a space, and a path: "PUT /values/{id}"');
    return undefined;
  }
  const segments = path.slice(1).split("/");
  const wrong = segments.find((segment) => !FIXED.test(segment) && !PARAMETER.test(segment));
  if (wrong !== undefined) {
    report(
      `has a part ${JSON.stringify(wrong)}`,
      "Between slashes, write letters, digits, '.', '_', '~' and '-', or one parameter such as {id}, with no slash at the end",
    );
    return undefined;
  }
  const [first = ""] = segments;
  if (PARAMETER.test(first)) report(`begins with a parameter, which would stand for /graphql too`, BEGIN);
  else if (RESERVED.has(first)) report(`takes /${first}, which is EventQL's own`, BEGIN);
  return { on, method, path, parameters: segments.flatMap((segment) => PARAMETER.exec(segment)?.[1] ?? []), route };
}

const BEGIN = "Begin the path with a fixed part of your own";

function isMethod(method: string | undefined): method is RouteMethod {
  return method !== undefined;
}

function checkRoute({ method, parameters, route }: RouteSpec, report: Report): void {
  const twice = parameters.find((name, index) => parameters.indexOf(name) !== index);
  if (twice !== undefined) report(`has the parameter {${twice}} twice`, "Give each a name of its own");
  const isRead = "read" in route;
  if (isRead && method !== "GET") report("reads by a method that writes", "Write GET");
  if (!isRead && method === "GET") report("writes by GET, which is for reading", "Write POST, PUT, PATCH or DELETE");
  if ((isRead || "delete" in route) && !parameters.includes(KEY_PARAMETER))
    report("has no key", "Put the parameter {id} into the path");
  const filled = "fields" in route ? (route.fields ?? {}) : {};
  const used = new Set<string>([KEY_PARAMETER]);
  for (const [field, text] of Object.entries(filled)) {
    const source = fieldSource(text);
    if (source === undefined) {
      report(
        `fills ${field} from ${JSON.stringify(text)}`,
        'Write "{name}" for a parameter of the path, "{?name}" of the query',
      );
    } else if (source.in === "path" && !parameters.includes(source.name)) {
      const others = didYouMean(source.name, parameters);
      report(`fills ${field} from {${source.name}}, which the path doesn't have`, others);
    } else if (source.in === "path") used.add(source.name);
  }
  const idle = parameters.filter((name) => !used.has(name));
  if ((isRead || "delete" in route) && idle.length > 0)
    report(`has ${idle.map((name) => `{${name}}`).join(", ")}, which nothing needs`, "Remove it from the path");
}
