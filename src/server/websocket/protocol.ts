import type { ExecutionArgs, ExecutionResult } from "graphql";
import { CloseCode, type Context, type Server, type SubscribePayload, makeServer } from "graphql-ws";
import type { Authenticate } from "../../security/authenticate.ts";
import { identify } from "../caller.ts";
import { isRefusedProof } from "../engine/authentication.ts";
import type { Operations, PreparedOperation, Refusal } from "../engine/operations.ts";
import { codedError, shownErrors, shownResult } from "../engine/shown-errors.ts";
import { closeSocket } from "./close-socket.ts";
import { type LiveOperationStarter, startLiveOperation } from "./live-operation.ts";
import { whyRefused } from "./refusals.ts";
import type { Session } from "./session.ts";
import { SilentStream } from "./silent-stream.ts";

/** What runs behind the protocol. */
export interface ProtocolOptions {
  readonly operations: Operations;
  readonly authenticate?: Authenticate | undefined;
  /** Starts subscriptions whose results come as text; absent: the engine executes all. */
  readonly startLiveOperation?: LiveOperationStarter | undefined;
  readonly bodyBytes: number;
}

/** ms that a client has for its first message. */
const INIT_TIMEOUT = 10_000;

/** Try again later (the registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;

type SocketContext = Context<Record<string, unknown>, Session>;

/** An operation that the protocol was given, and where it runs. */
interface Running {
  readonly operation: PreparedOperation;
  readonly session: Session;
  readonly id: string;
}

/** The protocol `graphql-transport-ws` over the engine. */
export function createProtocol(options: ProtocolOptions): Server<Session> {
  const { operations, bodyBytes } = options;
  const running = new WeakMap<ExecutionArgs, Running>();
  const of = async <T>(args: ExecutionArgs, run: (of: Running) => Promise<T>): Promise<T | ExecutionResult> => {
    const found = running.get(args);
    return found === undefined ? { errors: [codedError("INTERNAL", "The operation is unknown.")] } : await run(found);
  };
  return makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async (context) => await admit(context, options),
    async onSubscribe(context, id, payload) {
      const prepared = await prepare(context, id, payload, operations);
      if ("errors" in prepared) return prepared.errors;
      running.set(prepared.operation.args, prepared);
      return prepared.operation.args;
    },
    execute: async (args) => await of(args, async ({ operation }) => await operation.execute()),
    subscribe: async (args) => await of(args, async (found) => await subscribe(found, options)),
    onNext: (_context, _id, _payload, _args, result) => shownResult(result, bodyBytes),
    onError: (_context, _id, _payload, errors) =>
      shownErrors(
        errors.flatMap((error) => operations.errorsOf(error.originalError ?? error)),
        bodyBytes,
      ),
    onComplete: ({ extra }, id) => extra.complete(id),
  });
}

/** Finds out who calls. Who can't prove it is told so, and gets no further. */
async function admit(context: SocketContext, { authenticate, operations }: ProtocolOptions): Promise<boolean> {
  const { extra: session, connectionParams } = context;
  try {
    session.caller = await identify(session.caller, authenticate, connectionParams);
    return true;
  } catch (error) {
    const [shown] = operations.errorsOf(error);
    const reason = `${String(shown?.extensions["code"])}: ${shown?.message}`;
    const later = shown?.extensions["retriable"] === true ? TRY_AGAIN_LATER : CloseCode.InternalServerError;
    closeSocket(session.socket, isRefusedProof(error) ? CloseCode.Forbidden : later, reason);
    return false;
  }
}

async function prepare(
  { extra: session }: SocketContext,
  id: string,
  payload: SubscribePayload,
  operations: Operations,
): Promise<Running | Refusal> {
  const refusal = whyRefused(session, id);
  if (refusal !== undefined) return { errors: [refusal] };
  session.begin(id);
  const operation = await operations.prepare(payload, session.caller, session.nextRequestId());
  if (!("errors" in operation)) return { operation, session, id };
  session.complete(id);
  return operation;
}

/** Never fails: a subscription that can't begin is a stream that fails, which the protocol tells as an error. */
async function subscribe(
  { operation, session, id }: Running,
  { startLiveOperation: starter }: ProtocolOptions,
): Promise<AsyncIterable<ExecutionResult>> {
  const live = starter && (await startLiveOperation(starter, operation, session.outbox, id));
  if (live !== undefined) {
    session.follow(id, live);
    return live.stream;
  }
  const result = await operation.subscribe();
  if (Symbol.asyncIterator in result) return result;
  const failed = new SilentStream();
  failed.end(result.errors ?? []);
  return failed;
}
