import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isEventQLError } from "../../errors.ts";
import type { Authenticate } from "../../security/authenticate.ts";
import { callerOf, identify } from "../caller.ts";
import type { Mask, Transport } from "./transport.ts";

/** What a response of status 401 must say: how to authenticate. */
export const CHALLENGE: Readonly<Record<string, string>> = { "www-authenticate": "Bearer" };

/** Whether somebody failed to prove who they are, rather than that the proof could not be examined. */
export function isRefusedProof(error: unknown): boolean {
  return isEventQLError(error, "UNAUTHENTICATED") || isEventQLError(error, "TOKEN_EXPIRED");
}

/** Finds out who calls over HTTP before the request's body is looked at: refusals are answered with 401. */
export function authenticationPlugin(
  authenticate: Authenticate | undefined,
  mask: Mask,
): Plugin<Record<string, unknown>, Transport> {
  return {
    async onRequestParse({ serverContext }) {
      if (serverContext.req === undefined) return;
      try {
        serverContext.caller = await identify(callerOf(serverContext.req), authenticate);
      } catch (error) {
        throw isRefusedProof(error) ? challenging(mask(error, "Unexpected error.")) : error;
      }
    },
  };
}

function challenging(error: Error): GraphQLError {
  const extensions = error instanceof GraphQLError ? error.extensions : {};
  return new GraphQLError(error.message, {
    extensions: { ...extensions, http: { status: 401, headers: { ...CHALLENGE } } },
  });
}
