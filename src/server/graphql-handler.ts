import type { GraphQLSchema } from "graphql";
import { type Plugin, createYoga } from "graphql-yoga";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../security/authorize.ts";
import { errorCodesPlugin } from "./error-codes.ts";
import { type RequestLimits, limitPlugins, timeoutPlugin } from "./limits.ts";
import { corsOf, csrfPlugin } from "./request-checks.ts";

/** What the GraphQL endpoint serves. */
export interface GraphQLHandlerOptions {
  /** The API of now: asked for each request. */
  schema(): GraphQLSchema;
  /** What resolvers get to know of a request. */
  createContext(caller: RequestContext): object;
  /** Turns what a resolver threw into what clients may see. */
  maskError(error: unknown, message: string): Error;
  readonly plugins: readonly Plugin[];
  readonly limits: RequestLimits;
  /** ms that a query or mutation may run. */
  readonly operationTimeoutMs: number;
}

/** Answers one request to the GraphQL endpoint. */
export type GraphQLHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the transport adds to a request. */
interface Transport {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** The GraphQL engine behind HTTP: parse, validate, limits, context, execution, masking. */
export function createGraphQLHandler(options: GraphQLHandlerOptions): GraphQLHandler {
  const yoga = createYoga<Transport>({
    graphqlEndpoint: "/graphql",
    schema: () => options.schema(),
    context: ({ req }) => options.createContext(callerOf(req)),
    maskedErrors: { maskError: (error, message) => options.maskError(error, message) },
    plugins: [
      csrfPlugin(),
      ...limitPlugins(options.limits),
      timeoutPlugin(options.operationTimeoutMs),
      errorCodesPlugin(options.limits.bodyBytes),
      ...options.plugins,
    ],
    cors: corsOf,
    maxRequestBodySize: options.limits.bodyBytes,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  });
  return async (req, res) => {
    await yoga(req, res);
  };
}

/** What the transport knows of who calls. */
export function callerOf({ headers, socket }: IncomingMessage): RequestContext {
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return { headers: Object.fromEntries(texts), remoteAddress: socket.remoteAddress };
}
