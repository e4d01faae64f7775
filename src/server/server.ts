import { type Server, createServer as createHttp } from "node:http";
import { type Exposure, checkBind, requiresLoopbackHost } from "../security/bind-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Drain, createDrain } from "./drain.ts";
import { type EngineOptions, type GraphQLEngine, createEngine } from "./engine/graphql-engine.ts";
import { type EventRoutes, type EventRoutesOptions, createEventRoutes } from "./events/event-routes.ts";
import type { RequestLimits } from "./limits.ts";
import { listen } from "./listen.ts";
import { type RestOptions, createRestRoutes } from "./rest/rest-routes.ts";
import { type RoutesOptions, createRoutes } from "./routes.ts";
import type { KeepAliveTimes } from "./websocket/keep-alive.ts";
import type { LiveOperationStarter } from "./websocket/live-operation.ts";
import { type SocketServer, createSocketServer } from "./websocket/socket-server.ts";

/** What to serve, where, and to whom. */
export interface ServerOptions
  extends
    Exposure,
    RoutesOptions,
    Omit<EngineOptions, "plugins" | "mutationTimeoutMs" | "limits">,
    Pick<EventRoutesOptions, "eventLog"> {
  /** 0: any free one. */
  readonly port: number;
  readonly plugins?: EngineOptions["plugins"];
  readonly limits: RequestLimits & {
    /** Bytes that may wait for a slow subscriber. */
    readonly bufferedBytes: number;
  };
  readonly authorize: Exposure["authorize"];
  /** Routes beside GraphQL; absent: there are none. */
  readonly rest?: RestOptions | undefined;
  /** Starts subscriptions over WebSocket whose results come as text; absent: the engine executes all. */
  readonly startLiveOperation?: LiveOperationStarter | undefined;
  /** Is called when the server begins to stop, to end the feeds: their subscribers get their cursors that way. */
  readonly onDrain?: (() => Promise<void>) | undefined;
  readonly logger: Logger;
  /** ms that a mutation may run. Default 60,000. */
  readonly mutationTimeoutMs?: number;
  /** ms that requests under way are given when the server stops. Default 10,000. */
  readonly stopTimeoutMs?: number;
  /** How long the client of a WebSocket may be silent. */
  readonly keepAlive?: KeepAliveTimes | undefined;
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
 * Serves the GraphQL API over HTTP, server-sent events and WebSocket, with `/healthz`, `/readyz` and `/metrics`.
 * @throws EventQLError `BIND_REFUSED`, `CONFIG_INVALID` where the port can't be had.
 */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  checkBind(options);
  const onlyLoopback = requiresLoopbackHost(options);
  const server = createHttp({
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    // Others, such as HTTP/2 without TLS, are offers that a server need not take.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  });
  const engine = createEngine({ plugins: [], mutationTimeoutMs: 60_000, ...options });
  const sockets = createSocketServer({
    ...options,
    onlyLoopback,
    operations: engine.operations,
    bodyBytes: options.limits.bodyBytes,
    bufferedBytes: options.limits.bufferedBytes,
  });
  const events = createEventRoutes({ ...options, onlyLoopback });
  const drain = drainOf(server, engine, sockets, events, options);
  const { operations } = engine;
  const rest =
    options.rest && createRestRoutes(options.rest, { ...options, operations, isDraining: () => drain.isDraining });
  server.on("request", createRoutes(options, engine, drain, onlyLoopback, events, rest));
  server.on("upgrade", (request, _socket, head) => sockets.upgrade(request, head));
  const url = await listen(server, options.host, options.port);
  return {
    url,
    async stop() {
      await drain.stop(options.stopTimeoutMs ?? 10_000);
      await events.close();
    },
  };
}

function drainOf(
  server: Server,
  engine: GraphQLEngine,
  sockets: SocketServer,
  events: EventRoutes,
  { onDrain, logger }: ServerOptions,
): Drain {
  return createDrain(server, {
    refuse() {
      sockets.refuseOperations();
      events.refuse();
    },
    async onDrain() {
      try {
        await onDrain?.();
      } catch (error) {
        logger.error({ error }, "ending the feeds failed");
      }
    },
    end() {
      engine.endStreams();
      sockets.end();
    },
    cutOff: () => sockets.terminate(),
  });
}
