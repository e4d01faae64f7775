import type { Aggregate } from "../../catalog/types.ts";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import { permitAdministration } from "../administration.ts";
import type { GraphQLContext } from "../context.ts";
import { type SeenScope, scopeText, subscriptionScope } from "./scope.ts";

/** How often the policy is asked anew while items flow, in ms. */
const ASK_EVERY_MS = 1_000;

/** The longest that a timer of Node takes, in ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Watches whether a running subscription may go on. */
export interface Gate {
  /** Why the next item may not be told any more, or undefined. Asks the policy at most once a second. */
  refusal(): EventQLError | undefined;
  close(): void;
}

/**
 * Opens the gate of a subscription that was permitted with this scope; `onExpired` is called when the caller's proof
 * ends.
 * @throws EventQLError `TOKEN_EXPIRED` where it has ended already.
 */
export function openGate(
  context: GraphQLContext,
  aggregate: Aggregate,
  scope: SeenScope,
  onExpired: (error: EventQLError) => void,
): Gate {
  const permitted = scopeText(scope);
  return askingGate(context, () => changedPermission(context, aggregate, permitted), onExpired);
}

/** As {@link openGate}, of what only administrators may follow: `what` completes "You may not …". */
export function administrationGate(
  context: GraphQLContext,
  what: string,
  onExpired: (error: EventQLError) => void,
): Gate {
  return askingGate(context, () => refusalOf(context, what, () => permitAdministration(context, what)), onExpired);
}

function askingGate(
  context: GraphQLContext,
  ask: () => EventQLError | undefined,
  onExpired: (error: EventQLError) => void,
): Gate {
  const gate = expiryGate(context, onExpired);
  let askedAt = Date.now();
  return {
    refusal: () => {
      const refusal = gate.refusal();
      const now = Date.now();
      if (refusal !== undefined || now - askedAt < ASK_EVERY_MS) return refusal;
      askedAt = now;
      return ask();
    },
    close: () => gate.close(),
  };
}

/** A gate that shuts when the caller's proof ends, and asks no policy. @throws EventQLError as {@link openGate}. */
export function expiryGate({ caller }: GraphQLContext, onExpired: (error: EventQLError) => void): Gate {
  const { expiresAt } = caller.identity ?? {};
  if (expiresAt === undefined) return { refusal: () => undefined, close: () => {} };
  if (expiresAt <= Date.now()) throw expired();
  return {
    refusal: () => (expiresAt <= Date.now() ? expired() : undefined),
    close: callAt(expiresAt, () => onExpired(expired())),
  };
}

function changedPermission(context: GraphQLContext, aggregate: Aggregate, permitted: string): EventQLError | undefined {
  return refusalOf(context, aggregate.name, () => {
    if (scopeText(subscriptionScope(context, aggregate)) === permitted) return;
    throw new EventQLError(
      "FORBIDDEN",
      `What you may see of ${aggregate.name} has changed: subscribe anew with \`after\`, and you get what you may see now.`,
    );
  });
}

/** What a check throws. That the policy itself fails is told to the log alone. */
function refusalOf({ services }: GraphQLContext, of: string, check: () => void): EventQLError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isEventQLError(error)) return error;
    services.logger.error({ of, error: messageOf(error) }, "the policy failed");
    return new EventQLError(
      "INTERNAL",
      "The policy could not be asked whether this may go on: the server's log says why.",
    );
  }
}

function expired(): EventQLError {
  return new EventQLError(
    "TOKEN_EXPIRED",
    "Your token has expired, and with it the subscription: get a new one, and subscribe anew with `after`.",
  );
}

/** Calls back at a time, however far it is. Returns what cancels it. */
function callAt(time: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const left = time - Date.now();
    // The process need not live for it.
    timer = setTimeout(left > LONGEST_TIMER_MS ? wait : callback, Math.min(left, LONGEST_TIMER_MS)).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
