import type { Identity } from "./authorize.ts";

/** What a caller presents to prove who they are. */
export interface Credentials {
  /** Of the HTTP request, or of the request that opened the WebSocket; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a WebSocket's client sent to begin with (`connection_init`): `authorization` or `x-api-key` as in headers. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Finds who calls. Who presents nothing is anonymous, a role like others; who presents something wrong is refused.
 * @throws EventQLError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `NOT_READY` where the proof can't be examined now.
 */
export type Authenticate = (credentials: Credentials) => Promise<Identity>;
