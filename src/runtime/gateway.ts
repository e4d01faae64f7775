import type { Config } from "../config.ts";
import { EventQLError, messageOf } from "../errors.ts";
import { consistentWithPlugin } from "../graphql/consistency/plugin.ts";
import { createMaskError } from "../graphql/errors.ts";
import { allowAll } from "../security/authorize.ts";
import { appendSample } from "../sample/append-sample.ts";
import { createServer } from "../server/server.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Api, createApi, firstQuery, graphqlLimits } from "./api.ts";
import { type Engine, startEngine } from "./engine.ts";
import { type Ports, prepare } from "./prepare.ts";
import { createReadiness } from "./readiness.ts";

/** A process that serves. */
export interface RunningGateway {
  /** Without a path: `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Resolves when there is something to serve, which takes as long as the servers that it needs take to come.
   * Rejects with what people have to mend: `SCHEMA_INVALID`, `SCHEMA_INCOMPATIBLE`, `CATALOG_INVALID`.
   */
  readonly ready: Promise<Engine>;
  /** Ends requests and batches under way. */
  stop(): Promise<void>;
}

/** Listens at once, so that its state can be asked for, and serves the API when it is prepared. */
export async function runGateway(ports: Ports, config: Config, logger: Logger): Promise<RunningGateway> {
  const starting = new AbortController();
  let running: { readonly engine: Engine; readonly api: Api } | undefined;
  const api = (): Api => {
    if (running === undefined || !config.roles.includes("gateway")) throw notServing(config);
    return running.api;
  };
  const maskError = createMaskError(logger);
  const server = await createServer({
    ...config,
    schema: () => api().schema(),
    createContext: (caller) => api().createContext(caller),
    maskError,
    plugins: [consistentWithPlugin(maskError)],
    readiness: createReadiness(ports, () => running?.engine),
    graphiql: () => ({
      title: "EventQL",
      defaultQuery: running === undefined ? "" : firstQuery(running.engine.catalog.current()),
    }),
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

  async function boot(): Promise<Engine> {
    const prepared = await prepare(ports, config, starting.signal, logger);
    starting.signal.throwIfAborted();
    const engine = startEngine(ports, prepared, config, logger);
    const { appender, waiter } = engine;
    const services = { readModel: ports.readModel, appender, waiter, authorize: config.authorize ?? allowAll, logger };
    running = { engine, api: createApi(engine.catalog, { ...services, limits: graphqlLimits(config.limits) }) };
    if (config.sample) {
      await appendSample({ log: ports.log, catalog: engine.catalog.current(), appender, waiter });
    }
    return engine;
  }
}

function notServing({ roles }: Config): EventQLError {
  const reason = roles.includes("gateway")
    ? "EventQL is still starting: ask /readyz when it has."
    : "This process has not the role gateway: ask one that has.";
  return new EventQLError("NOT_READY", reason);
}
