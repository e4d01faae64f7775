import type { ExecutionArgs } from "graphql";
import type { RequestContext } from "../../security/authorize.ts";
import type { GraphQLContext } from "../context.ts";
import type { MaskError } from "../errors.ts";
import { canonicalText } from "./canonical-text.ts";
import { executeItem } from "./execute-item.ts";
import { type OperationKey, operationKeys } from "./operation-key.ts";
import { reachedScopes } from "./reached-scopes.ts";
import { type SeenScope, scopeText } from "./scope.ts";

/**
 * Who may get the same results: callers with equal identities (role and claims), where the policy looks at nothing else of
 * a request; or each caller but themselves.
 */
export type Sharing = "identity" | "caller";

/** An operation that several subscribers may have in common. */
export interface SharedOperation {
  /** The result of an item as JSON, made once while several share it. */
  resultOf(item: object): string | Promise<string>;
  /** One subscriber less. */
  leave(): void;
}

/** The operations that run. */
export interface SharedOperations {
  /** The operation of one more subscriber, who is limited to the scope. */
  join(args: ExecutionArgs, context: GraphQLContext, scope: SeenScope): SharedOperation;
}

/** Makes a register of the operations that run. */
export function sharedOperations(maskError: MaskError, sharing: Sharing): SharedOperations {
  const keyOf: OperationKey = operationKeys();
  const seerOf = seers(sharing);
  const reachedOf = reachedScopes();
  const running = new Map<string, Operation>();
  return {
    join: (args, context, scope) => {
      const scopes = `${scopeText(scope)} ${reachedOf(args, context)}`;
      const key = keyOf(args, `${seerOf(context.caller)} ${scopes}`);
      const operation =
        running.get(key) ??
        new Operation({ ...args, contextValue: detached(context) }, maskError, () => running.delete(key));
      running.set(key, operation);
      operation.enter();
      return operation;
    },
  };
}

class Operation implements SharedOperation {
  readonly #args: ExecutionArgs;
  readonly #maskError: MaskError;
  readonly #onEmpty: () => void;
  readonly #results = new WeakMap<object, string | Promise<string>>();
  #subscribers = 0;

  constructor(args: ExecutionArgs, maskError: MaskError, onEmpty: () => void) {
    this.#args = args;
    this.#maskError = maskError;
    this.#onEmpty = onEmpty;
  }

  resultOf(item: object): string | Promise<string> {
    const known = this.#results.get(item);
    if (known !== undefined) return known;
    const result = executeItem(this.#args, item, this.#maskError);
    // Remembering costs more than it gives where nobody asks again.
    if (this.#subscribers > 1) this.#results.set(item, result);
    return result;
  }

  enter(): void {
    this.#subscribers += 1;
  }

  leave(): void {
    this.#subscribers -= 1;
    if (this.#subscribers === 0) this.#onEmpty();
  }
}

/** A context that goes on as this one is now, whatever becomes of the request that it was made for. */
function detached({ services, caller, session }: GraphQLContext): GraphQLContext {
  const scopes = new Map([...session.scopes].map(([action, known]) => [action, new Map(known)]));
  return { services, caller, session: { causal: session.causal, isLive: true, loaders: new Map(), scopes } };
}

function seers(sharing: Sharing): (caller: RequestContext) => string {
  const callers = new WeakMap<RequestContext, number>();
  let count = 0;
  return (caller) => {
    const { identity } = caller;
    if (sharing === "identity") return canonicalText(identity === undefined ? null : [identity.role, identity.claims]);
    const number = callers.get(caller) ?? count++;
    callers.set(caller, number);
    return String(number);
  };
}
