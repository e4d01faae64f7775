import type { ExecutionArgs, ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import type { YogaServerInstance } from "graphql-yoga";
import { withoutPrototypes } from "../../graphql/without-prototypes.ts";
import type { RequestContext } from "../../security/authorize.ts";
import { errorsIn, settleCode } from "../error-codes.ts";
import { type PersistedOperations, documentIdOf, documentOf } from "../persisted/persisted-operations.ts";
import type { OperationObserver } from "./operation-observer.ts";
import { maskAll } from "./shown-errors.ts";
import type { Mask, Transport } from "./transport.ts";

/** What a client asks for. */
export interface OperationParams {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** An operation that may run: parsed, validated, and with the context of its caller. */
export interface PreparedOperation {
  readonly args: ExecutionArgs;
  /** Runs a query or mutation. Never rejects: what goes wrong stands in the result, masked and with a code. */
  execute(): Promise<ExecutionResult>;
  /** Begins a subscription whose results the engine executes. Never rejects, either. */
  subscribe(): Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
  /**
   * Begins a subscription by other means; they return undefined where they don't know it. Never rejects: why it could
   * not begin comes back as errors.
   */
  begin<T extends object>(start: (args: ExecutionArgs) => Promise<T | undefined>): Promise<T | Refusal | undefined>;
}

/** Why an operation did not run: masked, and with codes. */
export interface Refusal {
  readonly errors: readonly GraphQLError[];
}

/** The engine for transports that aren't HTTP. */
export interface Operations {
  /** Prepares an operation. Never rejects. */
  prepare(params: OperationParams, caller: RequestContext, requestId: string): Promise<PreparedOperation | Refusal>;
  /** Prepares one whose document is the server's own, with variables of the caller. Never rejects. */
  prepareOwn(params: OperationParams, caller: RequestContext, requestId: string): Promise<PreparedOperation | Refusal>;
  /** Makes of anything thrown the errors that clients may see. */
  errorsOf(thrown: unknown): readonly GraphQLError[];
}

type Enveloped = ReturnType<YogaServerInstance<Transport, object>["getEnveloped"]>;

/** What operations run on. */
export interface OperationsOptions {
  readonly envelop: (context: Transport & { params: OperationParams }) => Enveloped;
  readonly mask: Mask;
  readonly observer: OperationObserver;
  readonly bodyBytes: number;
  readonly persistedOperations?: PersistedOperations | undefined;
}

/** Runs operations by the engine, with the same plugins, masks and codes as over HTTP. */
export function createOperations(options: OperationsOptions): Operations {
  const { envelop, mask, observer, bodyBytes, persistedOperations } = options;
  const settled = (errors: readonly GraphQLError[]): readonly GraphQLError[] => {
    for (const error of errors) settleCode(error, bodyBytes);
    return errors;
  };
  const errorsOf = (thrown: unknown): readonly GraphQLError[] => settled(maskAll(thrown, mask));
  const refusalOf = (thrown: unknown): Refusal => ({ errors: errorsOf(thrown) });
  const prepare = async (
    context: Transport & { params: OperationParams },
    known: PersistedOperations | undefined,
  ): Promise<PreparedOperation | Refusal> => {
    observer.begin(context);
    withoutPrototypes(context.params.variables);
    try {
      context.params = persistedParams(context.params, known);
      const enveloped = envelop(context);
      const args = await argsOf(enveloped, context.params);
      return runnable(enveloped, args, (errors) => observer.answered(context, settled(errors)), refusalOf);
    } catch (error) {
      const refusal = refusalOf(error);
      observer.answered(context, refusal.errors);
      return refusal;
    }
  };
  return {
    errorsOf,
    prepare: async (params, caller, requestId) => await prepare({ requestId, caller, params }, persistedOperations),
    prepareOwn: async (params, caller, requestId) =>
      await prepare({ requestId, caller, params, isOwn: true }, undefined),
  };
}

/** The protocol has clients send a document: an empty one where they name one by its id. */
function persistedParams(params: OperationParams, operations: PersistedOperations | undefined): OperationParams {
  if (operations === undefined) return params;
  return { ...params, query: documentOf(params, documentIdOf(params), operations) ?? params.query };
}

/** Goes through what comes before an execution. Throws the errors of a document that may not run. */
async function argsOf(
  enveloped: Enveloped,
  { query, operationName, variables }: OperationParams,
): Promise<ExecutionArgs> {
  const { parse, validate, contextFactory } = enveloped;
  const schema: GraphQLSchema = enveloped.schema;
  const document = parse(query);
  const invalid = validate(schema, document);
  if (invalid.length > 0) throw new AggregateError(invalid);
  const contextValue = await contextFactory();
  return { schema, document, contextValue, variableValues: variables, operationName };
}

function runnable(
  enveloped: Enveloped,
  args: ExecutionArgs,
  answered: (errors: readonly GraphQLError[]) => void,
  refusalOf: (thrown: unknown) => Refusal,
): PreparedOperation {
  const answer = async <T>(run: () => Promise<T>): Promise<T | Refusal> => {
    const result = await run().catch(refusalOf);
    if (result !== undefined) answered(errorsIn(result));
    return result;
  };
  return {
    args,
    execute: async () => await answer(async () => await enveloped.execute(args)),
    subscribe: async () => await answer(async () => await enveloped.subscribe(args)),
    begin: async (start) => await answer(async () => await start(args)),
  };
}
