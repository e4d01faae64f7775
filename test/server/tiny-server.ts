import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { afterEach } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { createMaskError } from "../../src/graphql/errors.ts";
import { type RunningServer, type ServerOptions, createServer } from "../../src/server/server.ts";
import type { RequestContext } from "../../src/security/authorize.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { Ticker } from "./ticker.ts";

/** A value that `Query.slow` waits for, and how many wait. */
export interface Gate {
  waiting: number;
  open(): void;
  readonly opened: Promise<void>;
}

/** A gate that is shut. */
export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { waiting: 0, open: resolve, opened: promise };
}

/** A schema by hand: a greeting, who calls, nesting without end, failures, a wait, and what a ticker says. */
function tinySchema(gate: Gate, ticker: Ticker): GraphQLSchema {
  const Node: GraphQLObjectType = new GraphQLObjectType({
    name: "Node",
    fields: () => ({ name: { type: GraphQLString, resolve: () => "n" }, next: { type: Node, resolve: () => ({}) } }),
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, { caller: RequestContext }>({
      name: "Query",
      fields: {
        hello: { type: GraphQLString, resolve: () => "world" },
        header: { type: GraphQLString, resolve: (_root, _args, { caller }) => caller.headers["x-who"] },
        echo: { type: GraphQLInt, args: { n: { type: new GraphQLNonNull(GraphQLInt) } }, resolve: (_root, { n }) => n },
        node: { type: Node, resolve: () => ({}) },
        broken: {
          type: GraphQLString,
          resolve: () => {
            throw new TypeError("the secret inside");
          },
        },
        slow: {
          type: GraphQLString,
          resolve: async () => {
            gate.waiting += 1;
            await gate.opened;
            return "done";
          },
        },
      },
    }),
    mutation: new GraphQLObjectType({
      name: "Mutation",
      fields: { touch: { type: GraphQLString, resolve: () => "touched" } },
    }),
    subscription: new GraphQLObjectType({
      name: "Subscription",
      fields: {
        ticks: {
          type: GraphQLInt,
          args: { from: { type: GraphQLInt } },
          subscribe: () => ticker.follow(),
          resolve: tickOf,
        },
        refused: {
          type: GraphQLString,
          subscribe: () => {
            throw new EventQLError("CURSOR_EXPIRED", "The cursor is too old: begin anew.", { details: { by: 3 } });
          },
        },
      },
    }),
  });
}

function tickOf(value: unknown): unknown {
  if (value === 13) throw new TypeError("the secret inside a tick");
  return value;
}

const running: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(async (server) => await server.stop()));
});

const LIMITS: ServerOptions["limits"] = {
  depth: 5,
  aliases: 3,
  tokens: 100,
  bodyBytes: 2_000,
  bufferedBytes: 10_000,
  cost: 10_000,
  pageSize: 10,
  queryMs: 10_000,
};

/** What a test decides of a server. */
export type TinyOptions = Partial<Omit<ServerOptions, "limits">> & {
  readonly limits?: Partial<ServerOptions["limits"]>;
};

/** Starts a server on a free port; it stops after the test. */
export async function startTiny(
  options: TinyOptions = {},
  gate: Gate = createGate(),
  ticker?: Ticker,
): Promise<string> {
  const server = await startTinyServer(options, gate, ticker);
  return server.url;
}

/** The same, with the means to stop it. */
export async function startTinyServer(
  { limits, ...options }: TinyOptions,
  gate: Gate = createGate(),
  ticker: Ticker = new Ticker(),
): Promise<RunningServer> {
  const schema = tinySchema(gate, ticker);
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    authorize: undefined,
    allowAnonymous: false,
    schema: () => schema,
    createContext: (caller) => ({ caller }),
    maskError: createMaskError(silentLogger),
    limits: {
      ...LIMITS,
      ...limits,
    },
    readiness: () => ({ catalogLoaded: true, stores: {}, caughtUp: true }),
    graphiqlPage: () => ({ title: "Tiny", defaultQuery: "{ hello }" }),
    logger: silentLogger,
    stopTimeoutMs: 1_000,
    ...options,
  });
  running.push(server);
  return server;
}

/** An answer as far as tests look at it. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly AnsweredError[] };
}

/** An error of an answer. */
interface AnsweredError {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** Sends a query as JSON. */
export async function ask(url: string, query: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    ...init,
  });
  const body: Answer["body"] = await response.json();
  return { status: response.status, body };
}

/** Sends a GET that `fetch` would not, and returns all that came back. */
export async function rawRequest(
  url: string,
  { target = "/healthz", host = "localhost" }: { target?: string; host?: string } = {},
): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  return await text(socket);
}
