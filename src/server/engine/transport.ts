import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../../security/authorize.ts";

/** What the transport adds to the context of an operation. */
export interface Transport {
  /** Names the operation in the log. */
  readonly requestId: string;
  /** The document is the server's own: what limits documents of clients doesn't concern it. */
  readonly isOwn?: true;
  /** Who calls; over HTTP, it is known once the request was authenticated. */
  caller?: RequestContext;
  /** Over HTTP alone. */
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
}

/** Turns anything thrown into what clients may see. */
export type Mask = (error: unknown, message: string) => Error;
