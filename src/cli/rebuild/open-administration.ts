import type { Config } from "../../config.ts";
import type { Flags } from "../../config/sources.ts";
import { EventQLError, isEventQLError } from "../../errors.ts";
import type { ProjectionAdministration } from "../../model/builds.ts";
import { configOf, loggerOf, withStack } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { endpointOf } from "../watch/endpoint.ts";
import { remoteAdministration } from "./remote-administration.ts";

/** What is done with projections. */
export interface Administered {
  readonly projections: ProjectionAdministration;
  /** Who makes builds: a gateway that was asked, this process itself, or whatever processes have the role projector. */
  readonly maker: "gateway" | "self" | "projectors";
}

/**
 * Opens the projections: those of a gateway, where one is named; else those of the stack. The embedded stack's belong to
 * one process: the server that holds its data, or where there is none this one, which then builds them itself.
 * @throws EventQLError `STACK_UNAVAILABLE` where a server holds the data that can't be asked.
 */
export async function withProjections<T>(
  { url, ...flags }: Flags,
  terminal: Terminal,
  use: (administered: Administered) => Promise<T>,
): Promise<T> {
  const isRemote = typeof url === "string" || terminal.env["EVENTQL_URL"] !== undefined;
  if (isRemote) return await use(askedAt(url, terminal));
  const config = await configOf(flags, terminal);
  if (config.stack === "real") return await withStored(config, terminal, use);
  try {
    return await withOwn(config, terminal, use);
  } catch (error) {
    if (!isEventQLError(error, "DATA_LOCKED")) throw error;
    return await use(askedAt(await addressOf(config, error), terminal));
  }
}

/** As {@link withProjections}, for one who only looks: the embedded stack's data may be read beside a server. */
export async function withSeenProjections<T>(
  { url, ...flags }: Flags,
  terminal: Terminal,
  use: (projections: ProjectionAdministration) => Promise<T>,
): Promise<T> {
  const isRemote = typeof url === "string" || terminal.env["EVENTQL_URL"] !== undefined;
  if (isRemote) return await use(askedAt(url, terminal).projections);
  const config = await configOf(flags, terminal);
  return await withStored(config, terminal, async ({ projections }) => await use(projections));
}

function askedAt(url: unknown, { env }: Terminal): Administered {
  return { projections: remoteAdministration(endpointOf(url, env)), maker: "gateway" };
}

/** What is stored, which every process of the stack heeds. */
async function withStored<T>(
  config: Config,
  terminal: Terminal,
  use: (administered: Administered) => Promise<T>,
): Promise<T> {
  return await withStack(config, terminal, async ({ readModel, log, registry }) => {
    const { gatherCatalog } = await import("../gather-catalog.ts");
    const { createProjectionAdministration } = await import("../../runtime/builds/projection-administration.ts");
    const { catalog } = await gatherCatalog(registry, config);
    const projections = createProjectionAdministration({
      readModel,
      log,
      catalog: { current: () => catalog },
      swap: config.swap,
      isFollowed: () => true,
      logger: loggerOf({ ...config, logLevel: "silent" }, terminal),
    });
    return await use({ projections, maker: "projectors" });
  });
}

/** Runs a projector for as long as it takes. */
async function withOwn<T>(
  config: Config,
  terminal: Terminal,
  use: (administered: Administered) => Promise<T>,
): Promise<T> {
  const { startGateway } = await import("../../compose.ts");
  const { noMetrics } = await import("../../telemetry/metrics.ts");
  const { noTracer } = await import("../../telemetry/tracing.ts");
  const logger = loggerOf({ ...config, logLevel: "logLevel" in config.sources ? config.logLevel : "warn" }, terminal);
  const own: Config = { ...config, roles: ["projector"], host: "127.0.0.1", port: 0, sample: false };
  const gateway = await startGateway(own, logger, { metrics: noMetrics, tracer: noTracer });
  try {
    const { projections } = await gateway.ready;
    return await use({ projections, maker: "self" });
  } finally {
    await gateway.stop();
  }
}

/** Where the server that holds the data is to be found, by the settings that both have. */
async function addressOf({ host, port }: Config, locked: EventQLError): Promise<string> {
  const { ask } = await import("../watch/endpoint.ts");
  const url = `http://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}/graphql`;
  try {
    await ask({ url, credentials: {} }, "{ __typename }");
  } catch (error) {
    if (!isEventQLError(error, "STACK_UNAVAILABLE")) return url;
    throw new EventQLError(
      "STACK_UNAVAILABLE",
      `${locked.message} That server builds its projections, and doesn't answer at ${url}: name it with --url.`,
      { cause: error },
    );
  }
  return url;
}
