import { type IncomingMessage, type RequestListener, type ServerResponse, createServer as createHttp } from "node:http";
import { messageOf } from "../errors.ts";
import { type Exposure, checkBind, requiresLoopbackHost } from "../security/bind-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Drain, createDrain } from "./drain.ts";
import { type GraphiQLPageOptions, createGraphiQLPage, wantsPage } from "./graphiql-page.ts";
import { type GraphQLHandlerOptions, callerOf, createGraphQLHandler } from "./graphql-handler.ts";
import { listen } from "./listen.ts";
import { type Readiness, isReady } from "./readiness.ts";
import { namesThisMachine } from "./request-checks.ts";
import { sendError, sendJson } from "./responses.ts";

/** What to serve, where, and to whom. */
export interface ServerOptions extends Exposure, Omit<GraphQLHandlerOptions, "plugins" | "operationTimeoutMs"> {
  /** 0: any free one. */
  readonly port: number;
  readonly plugins?: GraphQLHandlerOptions["plugins"];
  /** Asked for each `/readyz`. */
  readiness(): Readiness | Promise<Readiness>;
  /** What GraphiQL shows at first: asked for each visit. */
  graphiql(): GraphiQLPageOptions;
  readonly logger: Logger;
  /** ms that a query or mutation may run. Default 60,000. */
  readonly operationTimeoutMs?: number;
  /** ms that requests under way are given when the server stops. Default 10,000. */
  readonly stopTimeoutMs?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** The address to reach it by, without a path: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Ends what is under way, within the bound, then closes. */
  stop(): Promise<void>;
}

/** ms that a client has to send a request's headers, and all of it. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;

/**
 * Serves the GraphQL API over HTTP, with `/healthz` and `/readyz`.
 * @throws EventQLError `BIND_REFUSED`, `CONFIG_INVALID` where the port can't be had.
 */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  checkBind(options);
  const server = createHttp({ headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT });
  const drain = createDrain(server);
  server.on("request", guarded(routes(options, drain), options.logger, drain));
  const url = await listen(server, options.host, options.port);
  return { url, stop: async () => await drain.stop(options.stopTimeoutMs ?? 10_000) };
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

function routes(options: ServerOptions, drain: Drain): Route {
  const graphql = createGraphQLHandler({ plugins: [], operationTimeoutMs: 60_000, ...options });
  const page = createGraphiQLPage(() => options.graphiql());
  const onlyLoopback = requiresLoopbackHost(options);
  const byPath = new Map<string, Route>([
    ["/graphql", (request, response) => (wantsPage(request) ? page(request, response) : graphql(request, response))],
    ["/healthz", getOnly((_request, response) => sendJson(response, 200, { status: "alive" }))],
    ["/readyz", getOnly(async (request, response) => await answerReadiness(options, drain, request, response))],
  ]);
  return async (request, response) => {
    if (onlyLoopback && !namesThisMachine(request)) return refuseHost(request, response);
    const path = pathOf(request);
    if (path === "/" && wantsPage(request)) return void response.writeHead(302, { location: "/graphql" }).end();
    await (byPath.get(path) ?? notFound)(request, response);
  };
}

/** Keeps a fault of one request from ending the process. */
function guarded(route: Route, logger: Logger, drain: Drain): RequestListener {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    drain.track(response);
    response.setHeader("x-content-type-options", "nosniff");
    try {
      await route(request, response);
    } catch (error) {
      logger.error({ error, path: pathOf(request) }, "a request failed unexpectedly");
      if (response.headersSent) response.destroy();
      else sendError(response, 500, "INTERNAL", "Something unexpected went wrong: the server's log has it.");
    }
  };
  return (request, response) => {
    void answer(request, response);
  };
}

async function answerReadiness(
  options: ServerOptions,
  drain: Drain,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (drain.isDraining) return sendJson(response, 503, { ready: false, reason: "stopping" });
  try {
    const { details, ...state } = await options.readiness();
    const ready = isReady(state);
    const { authorize } = options;
    const mayReadDetails = authorize === undefined || authorize(callerOf(request), "administer", "").allow;
    return sendJson(response, ready ? 200 : 503, { ready, ...state, ...(mayReadDetails ? details : {}) });
  } catch (error) {
    return sendJson(response, 503, { ready: false, reason: messageOf(error) });
  }
}

function getOnly(route: Route): Route {
  return async (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") return await route(request, response);
    return sendError(response, 405, "BAD_USER_INPUT", `${pathOf(request)} answers GET only.`, { allow: "GET, HEAD" });
  };
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  const message = `There is nothing at ${pathOf(request)}: the API is at /graphql, its state at /healthz and /readyz.`;
  sendError(response, 404, "BAD_USER_INPUT", message);
}

function refuseHost({ headers }: IncomingMessage, response: ServerResponse): void {
  const message =
    `This server answers requests to localhost only, not to ${headers.host ?? "no host"}: set authorize in ` +
    "eventql.config.ts, or start it with --allow-anonymous.";
  sendError(response, 403, "FORBIDDEN", message);
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const [path = "/"] = url.split("?");
  return path;
}
