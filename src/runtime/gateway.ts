import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import { EventQLError, messageOf } from "../errors.ts";
import { consistentWithPlugin } from "../graphql/consistency/plugin.ts";
import { createHistory } from "../history/create-history.ts";
import { createDecidedEvents } from "../history/read-decided-events.ts";
import { createMaskError } from "../graphql/errors.ts";
import { createLiveOperations } from "../graphql/subscription/create-live-operations.ts";
import { RunningSubscriptions } from "../graphql/subscription/running.ts";
import { whereaboutsOf } from "../graphql/subscription/whereabouts.ts";
import { subscriptionRulesPlugin } from "../graphql/subscription/unconditional-root-rule.ts";
import { explainPlugin } from "../graphql/explain/plugin.ts";
import { accessPolicy, administers } from "../security/access-policy.ts";
import type { RequestContext } from "../security/authorize.ts";
import { createAuthenticator } from "../security/create-authenticator.ts";
import type { ProjectionAdministration } from "../model/builds.ts";
import { appendSample } from "../sample/append-sample.ts";
import { loadOperations } from "../server/persisted/load-operations.ts";
import { createServer } from "../server/server.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import { type Api, createApi, createApiBuilder, firstQuery, graphqlLimits } from "./api.ts";
import { createDeadLetterAdministration } from "./dead-letters/dead-letter-administration.ts";
import { type Engine, startEngine } from "./engine.ts";
import { type Feeds, createFeeds } from "./feeds.ts";
import { type Ports, prepare } from "./prepare.ts";
import { createProjectionAdministration } from "./builds/projection-administration.ts";
import { createReadiness } from "./readiness.ts";
import { routeSpecs, watchRoutes } from "./rest.ts";
import { narrowed } from "./streams/only.ts";

/** What there is once everything is prepared. */
export interface ServedEngine extends Engine {
  readonly projections: ProjectionAdministration;
}

/** A process that serves. */
export interface RunningGateway {
  /** Without a path: `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Resolves when there is something to serve, which takes as long as the servers that it needs take to come.
   * Rejects with what people have to mend: `SCHEMA_INVALID`, `SCHEMA_INCOMPATIBLE`, `CATALOG_INVALID`.
   */
  readonly ready: Promise<ServedEngine>;
  /** Ends requests and batches under way. */
  stop(): Promise<void>;
}

/** Where a process counts what it does. */
export interface GatewayTelemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** The text of `/metrics`; undefined: there is none. */
  readonly prometheus?: (() => Promise<string>) | undefined;
}

/** Listens at once, so that its state can be asked for, and serves the API when it is prepared. */
export async function runGateway(
  ports: Ports,
  configured: Config,
  logger: Logger,
  telemetry: GatewayTelemetry,
): Promise<RunningGateway> {
  const config = narrowed(configured);
  const { metrics, tracer } = telemetry;
  const starting = new AbortController();
  let running: { readonly engine: Engine; readonly api: Api; readonly feeds: Feeds } | undefined;
  const api = (): Api => {
    if (running === undefined || !config.roles.includes("gateway")) throw notServing(config);
    return running.api;
  };
  const maskError = createMaskError(logger);
  const { path, only } = config.persistedOperations;
  const server = await createServer({
    ...config,
    schema: () => api().schema(),
    createContext: (caller) => api().createContext(caller),
    maskError,
    plugins: [
      consistentWithPlugin(maskError),
      explainPlugin((caller) => config.explain && mayExplain(config, caller), maskError),
      subscriptionRulesPlugin(),
    ],
    persistedOperations: path === undefined ? undefined : { documents: await loadOperations(path), only },
    startLiveOperation: createLiveOperations({
      maskError,
      sharing: config.authorize === undefined ? "identity" : "caller",
    }),
    authorize: accessPolicy(config),
    authenticate: config.auth === undefined ? undefined : createAuthenticator(config.auth),
    metrics: telemetry.prometheus,
    recorder: metrics,
    rest: { specs: routeSpecs(config), served: () => api().routes() },
    onDrain: async () => await running?.feeds.close(),
    eventLog() {
      if (running === undefined) throw notServing(config);
      return ports.log;
    },
    readiness: createReadiness(ports, () => running?.engine),
    graphiqlPage: config.graphiql
      ? () => ({
          title: "EventQL",
          // The page is for all, and where a proof is required the names in the schema are not.
          defaultQuery:
            running === undefined || config.auth?.required === true ? "" : firstQuery(running.engine.catalog.current()),
        })
      : undefined,
    logger,
  });
  logger.debug({ url: server.url }, "listening");
  const ready = boot();
  ready.catch((error: unknown) => {
    if (!starting.signal.aborted) logger.debug({ error: messageOf(error) }, "starting failed");
  });
  return {
    url: server.url,
    ready,
    async stop() {
      starting.abort();
      await server.stop();
      await running?.engine.stop();
    },
  };

  async function boot(): Promise<ServedEngine> {
    const prepared = await prepare(ports, config, starting.signal, logger);
    starting.signal.throwIfAborted();
    const limits = graphqlLimits(config.limits);
    const builder = createApiBuilder(config, limits);
    const checkApi = (catalog: Catalog): void => {
      if (config.roles.includes("gateway")) builder.of(catalog);
    };
    checkApi(prepared.catalog);
    const routesChanged = config.roles.includes("gateway")
      ? watchRoutes((catalog) => builder.of(catalog).routes, prepared.catalog, logger)
      : (): void => {};
    const catalogChanged = (catalog: Catalog): void => {
      running?.feeds.changes.moved(whereaboutsOf(catalog));
      routesChanged(catalog);
    };
    const engine = startEngine(ports, prepared, { config, logger, metrics, tracer, checkApi, catalogChanged });
    const { appender, commands, waiter } = engine;
    const feeds = createFeeds(ports, engine.codec, config, logger);
    const subscriptions = new RunningSubscriptions(metrics);
    const { readModel } = ports;
    const { introspection } = config;
    const own = { readModel, appender, commands, waiter, subscriptions, metrics, limits, introspection, logger };
    const history = createHistory({ ...ports, codec: engine.codec });
    const decidedEvents = createDecidedEvents({ log: ports.log, codec: engine.codec });
    const projections = createProjectionAdministration({
      ...ports,
      catalog: engine.catalog,
      swap: config.swap,
      isFollowed: (builds) => prepared.builds.follows(builds),
      logger,
    });
    const { codec, catalog } = engine;
    const deadLetters = createDeadLetterAdministration({ readModel, codec, catalog });
    const administration = {
      projections,
      deadLetters,
      mayAdminister: (caller: RequestContext) => administers(config, caller),
    };
    const services = { ...own, ...feeds, ...administration, history, decidedEvents };
    running = { engine, feeds, api: createApi(engine.catalog, builder, services) };
    if (config.sample) {
      await appendSample({ log: ports.log, catalog: engine.catalog.current(), appender, waiter });
    }
    return { ...engine, projections };
  }
}

/** As of routes: where nothing is configured, all who reach the server may. */
function mayExplain(config: Config, caller: RequestContext): boolean {
  return accessPolicy(config)?.(caller, "administer", "").allow ?? true;
}

function notServing({ roles }: Config): EventQLError {
  const reason = roles.includes("gateway")
    ? "EventQL is still starting: ask /readyz when it has."
    : "This process has not the role gateway: ask one that has.";
  return new EventQLError("NOT_READY", reason);
}
