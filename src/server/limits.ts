import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { maxTokensPlugin } from "@escape.tech/graphql-armor-max-tokens";
import { type ExecutionArgs, GraphQLError, OperationTypeNode, type ValidationContext, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isGraphQLContext } from "../graphql/context.ts";
import { type CostLimits, costPlugin } from "./cost.ts";

/** What one request may hold and how long it may run. */
export interface RequestLimits extends CostLimits {
  readonly depth: number;
  readonly aliases: number;
  readonly tokens: number;
  readonly bodyBytes: number;
  /** ms that a query may run. */
  readonly queryMs: number;
}

/** Refuses documents that are too long, too deep or too wide before any of them runs. */
export function limitPlugins({ depth, aliases, tokens, ...limits }: RequestLimits): Plugin[] {
  const report = (message: string) => [
    (context: ValidationContext | null): void => {
      if (context === null) throw limitExceeded(message);
      context.reportError(limitExceeded(message));
    },
  ];
  const shape: Plugin[] = [
    maxTokensPlugin({
      n: tokens,
      onReject: report(
        `The document has more than ${tokens} tokens: send a shorter one, with its values as variables.`,
      ),
    }),
    maxDepthPlugin({
      n: depth,
      flattenFragments: true,
      propagateOnRejection: false,
      onReject: report(`The operation nests more than ${depth} levels: ask for less at a time.`),
    }),
    maxAliasesPlugin({
      n: aliases,
      propagateOnRejection: false,
      onReject: report(`The operation has more than ${aliases} aliases: use lists, such as where: {id: {in: […]}}.`),
    }),
  ];
  return [...shape.map(ofClients), costPlugin(limits)];
}

/** Concerns the documents that clients write, and not those of the server itself. */
function ofClients({ onParse, onValidate }: Plugin): Plugin {
  return {
    onParse: (payload) => (isOwn(payload.context) ? undefined : onParse?.(payload)),
    onValidate: (payload) => (isOwn(payload.context) ? undefined : onValidate?.(payload)),
  };
}

function isOwn(context: object): boolean {
  return "isOwn" in context && context.isOwn === true;
}

/**
 * Ends the wait for an operation that runs too long, and tells its reads until when they may run. Its streams are not
 * bounded. `mutationMs`: mutations wait for what they append.
 */
export function timeoutPlugin({ queryMs }: Pick<RequestLimits, "queryMs">, mutationMs: number): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const milliseconds = isMutation(args) ? mutationMs : queryMs;
        if (isGraphQLContext(args.contextValue)) args.contextValue.session.deadline = performance.now() + milliseconds;
        const result: unknown = executeFn(args);
        return isPromiseLike(result) ? within(result, milliseconds) : result;
      });
    },
  };
}

function isMutation({ document, operationName }: Pick<ExecutionArgs, "document" | "operationName">): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

async function within(result: PromiseLike<unknown>, milliseconds: number): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `The operation took longer than ${milliseconds} ms: ask for less, or try again later.`;
    late.reject(limitExceeded(message, 503));
  }, milliseconds);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function limitExceeded(message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "LIMIT_EXCEEDED", http: { status, spec: status === 400 } } });
}
