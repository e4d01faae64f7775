import type { GraphQLSchema } from "graphql";
import { type Plugin, createYoga } from "graphql-yoga";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Authenticate } from "../../security/authenticate.ts";
import type { RequestContext } from "../../security/authorize.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type Metrics, noMetrics } from "../../telemetry/metrics.ts";
import { errorCodesPlugin } from "../error-codes.ts";
import { hiddenSchemaPlugin, maskSuggestions } from "../introspection.ts";
import { type RequestLimits, limitPlugins, timeoutPlugin } from "../limits.ts";
import type { PersistedOperations } from "../persisted/persisted-operations.ts";
import { ID_PARAMETERS, persistedOperationsPlugin } from "../persisted/plugin.ts";
import { corsOf, csrfPlugin } from "../request-checks.ts";
import { authenticationPlugin } from "./authentication.ts";
import { DocumentCache } from "./document-cache.ts";
import { createOpenStreams } from "./open-streams.ts";
import { operationChoicePlugin } from "./operation-choice.ts";
import { type OperationObserver, createObserver } from "./operation-observer.ts";
import { type Operations, createOperations } from "./operations.ts";
import { streamRequestsPlugin } from "./stream-requests.ts";
import type { Mask, Transport } from "./transport.ts";
import { variablesPlugin } from "./variables.ts";

/** What the GraphQL endpoint serves. */
export interface EngineOptions {
  /** The API of now: asked for each operation. */
  schema(): GraphQLSchema;
  /** What resolvers get to know of a request. */
  createContext(caller: RequestContext): object;
  /** Turns what a resolver threw into what clients may see. */
  readonly maskError: Mask;
  /** Finds out who calls; undefined: nobody is asked. */
  readonly authenticate?: Authenticate | undefined;
  readonly plugins: readonly Plugin[];
  readonly limits: RequestLimits;
  /** ms that a mutation may run. */
  readonly mutationTimeoutMs: number;
  /** Whether the schema may be asked for, and is told in errors. Default: true. */
  readonly introspection?: boolean | undefined;
  /** Operations that clients may ask for by their ids; undefined: there are none. */
  readonly persistedOperations?: PersistedOperations | undefined;
  /** Is told of each operation's end, and of each stream's beginning. */
  readonly recorder?: Pick<Metrics, "graphqlAnswered"> | undefined;
  readonly logger: Logger;
}

/** The one engine behind every transport: parse, validate, limits, context, execution, masking. */
export interface GraphQLEngine {
  /** Answers one HTTP request: with JSON, or with a stream of server-sent events. */
  answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>;
  /** Runs the operations of other transports. */
  readonly operations: Operations;
  /** Ends all streams with `SHUTTING_DOWN`. */
  endStreams(): void;
}

/** Builds the engine. */
export function createEngine(given: EngineOptions): GraphQLEngine {
  const options = given.introspection === false ? { ...given, maskError: maskSuggestions(given.maskError) } : given;
  const observer = createObserver(options.recorder ?? noMetrics, options.logger);
  const streams = createOpenStreams();
  const yoga = createYoga<Transport>({
    graphqlEndpoint: "/graphql",
    context: ({ caller }) => (caller === undefined ? {} : options.createContext(caller)),
    maskedErrors: { maskError: (error, message) => options.maskError(error, message) },
    plugins: enginePlugins(options, observer, streams.plugin),
    cors: corsOf,
    maxRequestBodySize: options.limits.bodyBytes,
    ...(options.persistedOperations && { extraParamNames: [...ID_PARAMETERS] }),
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  });
  return {
    async answer(req, res, requestId) {
      await yoga(req, res, { requestId });
    },
    operations: createOperations({
      envelop: (context) => yoga.getEnveloped(context),
      mask: (error, message) => options.maskError(error, message),
      observer,
      bodyBytes: options.limits.bodyBytes,
      persistedOperations: options.persistedOperations,
    }),
    endStreams: () => streams.endAll(),
  };
}

/** Their order matters: each hook runs in it. */
function enginePlugins(options: EngineOptions, observer: OperationObserver, streams: Plugin): object[] {
  const { limits, maskError, authenticate, persistedOperations } = options;
  return [
    observer.plugin,
    csrfPlugin(),
    authenticationPlugin(authenticate, maskError),
    ...(persistedOperations ? [persistedOperationsPlugin(persistedOperations, maskError)] : []),
    variablesPlugin(),
    schemaPlugin(() => options.schema()),
    ...(options.introspection === false ? [hiddenSchemaPlugin()] : []),
    ...limitPlugins(limits),
    operationChoicePlugin(),
    streamRequestsPlugin(),
    timeoutPlugin(limits, options.mutationTimeoutMs),
    streams,
    errorCodesPlugin(limits.bodyBytes),
    observer.answers,
    ...options.plugins,
  ];
}

/** Yoga's own way to a schema that changes needs an HTTP request. */
function schemaPlugin(schema: () => GraphQLSchema): Plugin {
  return { onEnveloped: ({ setSchema }) => setSchema(schema()) };
}
