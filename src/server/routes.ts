import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { isEventQLError, messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type AccessControl, mayAdminister } from "./administration.ts";
import { type Drain } from "./drain.ts";
import { CHALLENGE, isRefusedProof } from "./engine/authentication.ts";
import type { GraphQLEngine } from "./engine/graphql-engine.ts";
import { type GraphiQLPageOptions, createGraphiQLPage, wantsPage } from "./graphiql-page.ts";
import type { EventRoutes } from "./events/event-routes.ts";
import { type Readiness, isReady } from "./readiness.ts";
import { hostRefusal, namesThisMachine } from "./request-checks.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "./request-id.ts";
import { sendError, sendJson } from "./responses.ts";
import type { RestRoutes } from "./rest/rest-routes.ts";

/** What stands at the paths. */
export interface RoutesOptions extends AccessControl {
  /** Asked for each `/readyz`. */
  readiness(): Readiness | Promise<Readiness>;
  /** What GraphiQL shows at first: asked for each visit; undefined: there is no GraphiQL. */
  readonly graphiqlPage?: (() => GraphiQLPageOptions) | undefined;
  /** The numbers in Prometheus' text format; undefined: there is no `/metrics`. */
  readonly metrics?: (() => Promise<string>) | undefined;
  readonly logger: Logger;
}

type Route = (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<void> | void;

/** Answers requests by their paths. */
export function createRoutes(
  options: RoutesOptions,
  engine: GraphQLEngine,
  drain: Drain,
  onlyLoopback: boolean,
  events: EventRoutes,
  rest: RestRoutes | undefined,
): RequestListener {
  const { graphiqlPage } = options;
  const page = graphiqlPage && createGraphiQLPage(graphiqlPage);
  const byPath = new Map<string, Route>([
    ["/graphql", graphqlRoute(engine, page, drain)],
    ["/healthz", getOnly((_request, response) => sendJson(response, 200, { status: "alive" }))],
    ["/readyz", getOnly(async (request, response) => await answerReadiness(options, drain, request, response))],
  ]);
  const { metrics } = options;
  if (metrics !== undefined) {
    const answer: Route = async (request, response) => await answerMetrics(metrics, options, request, response);
    byPath.set("/metrics", getOnly(answer));
  }
  return guarded(options.logger, drain, async (request, response, requestId) => {
    if (onlyLoopback && !namesThisMachine(request)) {
      return sendError(response, 403, "FORBIDDEN", hostRefusal(request));
    }
    const path = pathOf(request);
    if (path === "/" && page !== undefined && wantsPage(request))
      return void response.writeHead(302, { location: "/graphql" }).end();
    if (path === "/events" || path.startsWith("/events/")) return await events.answer(request, response);
    const route = byPath.get(path);
    if (route === undefined && rest?.has(path) === true) return await rest.answer(request, response, path, requestId);
    await (route ?? notFound)(request, response, requestId);
  });
}

/** Keeps a fault of one request from ending the process. */
function guarded(logger: Logger, drain: Drain, route: Route): RequestListener {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(request);
    drain.track(response);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader(REQUEST_ID_HEADER, requestId);
    try {
      await route(request, response, requestId);
    } catch (error) {
      logger.error({ requestId, error, path: pathOf(request) }, "a request failed unexpectedly");
      if (response.headersSent) response.destroy();
      else sendError(response, 500, "INTERNAL", "Something unexpected went wrong: the server's log has it.");
    }
  };
  return (request, response) => {
    void answer(request, response);
  };
}

function graphqlRoute(engine: GraphQLEngine, page: Route | undefined, drain: Drain): Route {
  return async (request, response, requestId) => {
    if (page !== undefined && wantsPage(request)) return await page(request, response, requestId);
    if (drain.isDraining) {
      const message = "The server is stopping: send the request again in a moment.";
      return sendError(response, 503, "SHUTTING_DOWN", message, { "retry-after": "1" });
    }
    if (!GRAPHQL_METHODS.has(request.method ?? "")) {
      const message = "/graphql answers GET and POST; for server-sent events, with a connection for each operation.";
      return sendError(response, 405, "BAD_USER_INPUT", message, { allow: [...GRAPHQL_METHODS].join(", ") });
    }
    return await engine.answer(request, response, requestId);
  };
}

/** Those of GraphQL over HTTP, and what browsers ask before they use them. */
const GRAPHQL_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

async function answerReadiness(
  options: RoutesOptions,
  drain: Drain,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (drain.isDraining) return sendJson(response, 503, { ready: false, reason: "stopping" });
  try {
    const { details, ...state } = await options.readiness();
    const ready = isReady(state);
    // A probe with a wrong token asks whether the server is ready all the same.
    const mayReadDetails = await mayAdminister(request, options).catch(() => false);
    return sendJson(response, ready ? 200 : 503, { ready, ...state, ...(mayReadDetails ? details : {}) });
  } catch (error) {
    return sendJson(response, 503, { ready: false, reason: messageOf(error) });
  }
}

async function answerMetrics(
  metrics: () => Promise<string>,
  access: AccessControl,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (!(await mayAdminister(request, access))) {
      return sendError(response, 403, "FORBIDDEN", "Metrics are for administrators: present an admin's credentials.");
    }
  } catch (error) {
    if (!isEventQLError(error)) throw error;
    if (isRefusedProof(error)) return sendError(response, 401, error.code, error.message, CHALLENGE);
    if (!error.retriable) throw error;
    return sendError(response, 503, error.code, error.message, { "retry-after": "1" });
  }
  sendText(response, await metrics());
}

/** In the text form that Prometheus scrapes (its exposition format, version 0.0.4). */
function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}

function getOnly(route: Route): Route {
  return async (request, response, requestId) => {
    if (request.method === "GET" || request.method === "HEAD") return await route(request, response, requestId);
    return sendError(response, 405, "BAD_USER_INPUT", `${pathOf(request)} answers GET only.`, { allow: "GET, HEAD" });
  };
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  const message = `There is nothing at ${pathOf(request)}: the API is at /graphql, its state at /healthz, /readyz and /metrics.`;
  sendError(response, 404, "BAD_USER_INPUT", message);
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const [path = "/"] = url.split("?");
  return path;
}
