import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { CompiledRoute } from "../../rest/operation.ts";
import { describeRouteProblem } from "../../rest/route-problems.ts";
import type { RouteSpec } from "../../rest/route-spec.ts";
import type { JsonSchema } from "../../rest/scalar-schema.ts";
import type { Authenticate } from "../../security/authenticate.ts";
import { type AccessControl, mayAdminister } from "../administration.ts";
import { callerOf, identify } from "../caller.ts";
import { sendJson } from "../responses.ts";
import { answerRead } from "./answer-read.ts";
import { answerWrite } from "./answer-write.ts";
import { allowOrigin, answerOptions } from "./cors.ts";
import { problemOf } from "./problem-of.ts";
import { ProblemError, sendProblem } from "./problem.ts";
import { type MatchedRoute, createRouteTable } from "./route-table.ts";
import type { Asker, RouteEngine } from "./run-operation.ts";

/** The routes of a catalog. */
export interface ServedRoutes {
  /** By what they are configured by. */
  readonly byName: ReadonlyMap<string, CompiledRoute>;
  /** The document that describes them. */
  openApi(): JsonSchema;
}

/** Routes beside GraphQL. */
export interface RestOptions {
  /** What is configured: it doesn't change. */
  readonly specs: readonly RouteSpec[];
  /** What it means by the catalog of now. @throws EventQLError `NOT_READY`. */
  readonly served: () => ServedRoutes;
}

/** What answers the requests to routes. */
export interface RestRoutes {
  /** Whether a path is a route's. */
  has(path: string): boolean;
  /** Answers a request whose path is a route's. Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse, path: string, requestId: string): Promise<void>;
}

/** What routes are served with. */
export interface RestSurroundings extends RouteEngine, AccessControl {
  readonly authenticate?: Authenticate | undefined;
  readonly introspection?: boolean | undefined;
  readonly limits: { readonly bodyBytes: number };
  /** Whether the server stops. */
  isDraining(): boolean;
}

const OPEN_API = "/openapi.json";

/** Makes what answers the routes, and describes them at `/openapi.json`; where there are none, nothing does. */
export function createRestRoutes({ specs, served }: RestOptions, surroundings: RestSurroundings): RestRoutes {
  const table = createRouteTable(specs);
  const methodsOf = (path: string): readonly string[] => (path === OPEN_API ? ["GET", "HEAD"] : table.methodsOf(path));
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    requestId: string,
  ): Promise<void> => {
    const { method = "GET" } = request;
    const methods = [...methodsOf(path), "OPTIONS"];
    allowOrigin(request, response);
    if (method === "OPTIONS") return answerOptions(request, response, methods);
    if (!methods.includes(method)) throw notAllowed(path, methods);
    if (surroundings.isDraining()) throw stopping();
    if (path === OPEN_API) return await answerOpenApi(request, response, served, surroundings);
    const route = table.find(method, path);
    if (route === undefined) throw notAllowed(path, methods);
    const caller = await identify(callerOf(request), surroundings.authenticate);
    await answerRoute(route, served(), surroundings, { caller, requestId }, request, response);
  };
  return {
    has: (path) => specs.length > 0 && methodsOf(path).length > 0,
    async answer(request, response, path, requestId) {
      try {
        await answer(request, response, path, requestId);
      } catch (error) {
        if (response.headersSent) response.destroy();
        else sendProblem(response, problemOf(error, surroundings.operations));
      }
    },
  };
}

async function answerRoute(
  route: MatchedRoute,
  { byName }: ServedRoutes,
  surroundings: RestSurroundings,
  asker: Asker,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const compiled = byName.get(route.spec.on);
  if (compiled?.operation === undefined) throw notServed(route, compiled, surroundings);
  const { operation } = compiled;
  if (operation.kind === "read")
    return await answerRead(surroundings, asker, operation, route.id ?? "", request, response);
  const { bodyBytes } = surroundings.limits;
  await answerWrite(surroundings, asker, { route, operation, request, response, bodyBytes });
}

/** Told as the GraphQL schema is: to all who may call where introspection is on, else to administrators. */
async function answerOpenApi(
  request: IncomingMessage,
  response: ServerResponse,
  served: RestOptions["served"],
  surroundings: RestSurroundings,
): Promise<void> {
  await identify(callerOf(request), surroundings.authenticate);
  if (surroundings.introspection === false && !(await isAdministrator(request, surroundings)))
    throw new ProblemError({
      status: 403,
      code: "FORBIDDEN",
      detail:
        "The description of the routes is for administrators where introspection is off: present their credentials.",
    });
  sendJson(response, 200, served().openApi());
}

/** Where nothing is configured, nobody is one. */
async function isAdministrator(request: IncomingMessage, access: RestSurroundings): Promise<boolean> {
  const isConfigured = [access.auth, access.authorize, access.policies].some((setting) => setting !== undefined);
  return isConfigured && (await mayAdminister(request, access));
}

function notAllowed(path: string, methods: readonly string[]): ProblemError {
  const allow = methods.join(", ");
  return new ProblemError({
    status: 405,
    code: "BAD_USER_INPUT",
    detail: `${STATUS_CODES[405]}: ${path} answers ${allow}.`,
    headers: { allow },
  });
}

function stopping(): ProblemError {
  const detail = "The server is stopping: send the request again in a moment.";
  return new ProblemError({ status: 503, code: "SHUTTING_DOWN", detail });
}

/** The catalog changed since the start, and no longer has what the route names. */
function notServed(
  { spec }: MatchedRoute,
  compiled: CompiledRoute | undefined,
  { introspection }: RestSurroundings,
): ProblemError {
  const isTold = introspection !== false && compiled !== undefined && "problems" in compiled;
  const problems = isTold ? compiled.problems : [];
  const why = problems.map(describeRouteProblem).join(" ");
  const detail = `The route ${spec.on} can't be served by the schemas of now. ${why}`.trim();
  return new ProblemError({ status: 503, code: "CATALOG_INVALID", detail });
}
