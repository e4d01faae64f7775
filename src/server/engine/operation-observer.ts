import type { DocumentNode, GraphQLError, GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { errorsIn } from "../error-codes.ts";
import { nameOperation } from "./root-field.ts";
import type { Transport } from "./transport.ts";

/** Counts what was answered, and writes it to the log under the request's id. */
export interface OperationObserver {
  /** Goes before the plugins that may refuse a request. */
  readonly plugin: Plugin<Record<string, unknown>, Transport>;
  /** Goes behind the plugins that mask errors and settle their codes. */
  readonly answers: Plugin<Record<string, unknown>, Transport>;
  /** An operation arrived. `context` is the one that the engine is given. */
  begin(context: object): void;
  /** It was answered: a stream when it began. */
  answered(context: Transport, errors: readonly GraphQLError[]): void;
}

interface Observation {
  /** ms of the monotonic clock. */
  readonly startedAt: number;
  document?: DocumentNode;
  schema?: GraphQLSchema;
  operationName?: string | null | undefined;
}

/** Watches operations of all transports. */
export function createObserver(metrics: Pick<Metrics, "graphqlAnswered">, logger: Logger): OperationObserver {
  const observations = new WeakMap<object, Observation>();
  const begin = (context: object): void => void observations.set(context, newObservation());
  const answered = (context: Transport, errors: readonly GraphQLError[]): void => {
    const { startedAt, ...observed } = observations.get(context) ?? newObservation();
    observations.delete(context);
    const { operation, field } = nameOperation(observed.schema, observed.document, observed.operationName);
    const code = codeOf(errors);
    const milliseconds = performance.now() - startedAt;
    metrics.graphqlAnswered(operation, field, code, milliseconds / 1_000);
    const line = { requestId: context.requestId, operation, field, code, milliseconds: Math.round(milliseconds) };
    const errorIds = errors.flatMap(({ extensions }) => extensions["errorId"] ?? []);
    if (errorIds.length === 0) logger.debug(line, "GraphQL operation answered");
    else logger.warn({ ...line, errorIds }, "GraphQL operation met an unexpected error");
  };
  return {
    begin,
    answered,
    plugin: arrivals(observations, begin),
    answers: { onResultProcess: ({ serverContext, result }) => answered(serverContext, errorsIn(result)) },
  };
}

function codeOf([first]: readonly GraphQLError[]): string {
  if (first === undefined) return "OK";
  const { code } = first.extensions;
  return typeof code === "string" ? code : "INTERNAL";
}

function newObservation(): Observation {
  return { startedAt: performance.now() };
}

function arrivals(
  observations: WeakMap<object, Observation>,
  begin: (context: object) => void,
): OperationObserver["plugin"] {
  return {
    onRequestParse: ({ serverContext }) => begin(serverContext),
    onValidate({ context, params: { schema, documentAST } }) {
      const observation = observations.get(context);
      if (observation === undefined) return;
      observation.schema = schema;
      observation.document = documentAST;
      observation.operationName = context.params.operationName;
    },
  };
}
