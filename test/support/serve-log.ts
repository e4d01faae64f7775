import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { createMaskError } from "../../src/graphql/errors.ts";
import { type RunningServer, type ServerOptions, createServer } from "../../src/server/server.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";

const LIMITS: ServerOptions["limits"] = {
  depth: 5,
  aliases: 3,
  tokens: 100,
  bodyBytes: 1_048_576,
  bufferedBytes: 10_000,
  cost: 10_000,
  pageSize: 10,
  queryMs: 10_000,
};

/** A server, on a free port of this machine, of a log alone: without an API. */
export async function serveLog(log: EventLog, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const query = new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString } } });
  const schema = new GraphQLSchema({ query });
  return await createServer({
    host: "127.0.0.1",
    port: 0,
    authorize: undefined,
    allowAnonymous: false,
    schema: () => schema,
    createContext: (caller) => ({ caller }),
    maskError: createMaskError(silentLogger),
    limits: LIMITS,
    readiness: () => ({ catalogLoaded: true, stores: {}, caughtUp: true }),
    logger: silentLogger,
    stopTimeoutMs: 1_000,
    eventLog: () => log,
    ...options,
  });
}
