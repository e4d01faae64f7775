import type { GraphQLError } from "graphql";
import { codedError } from "../engine/shown-errors.ts";
import type { Session } from "./session.ts";

/** Why a socket's next operation may not even be looked at; undefined: it may. */
export function whyRefused(session: Session, id: string): GraphQLError | undefined {
  if (session.isEnding) return codedError("SHUTTING_DOWN", "The server is stopping: connect again in a moment.");
  const expiresAt = session.caller.identity?.expiresAt;
  if (expiresAt !== undefined && expiresAt <= Date.now()) {
    return codedError("TOKEN_EXPIRED", "The token of this connection has expired: connect again with a new one.");
  }
  if (session.isRunning(id)) {
    return codedError("BAD_USER_INPUT", "The operation that had this id is still ending: use a new id for each.");
  }
  if (session.isFull) {
    return codedError("LIMIT_EXCEEDED", "Too many operations run on this connection: end some, or open another.");
  }
  return undefined;
}
