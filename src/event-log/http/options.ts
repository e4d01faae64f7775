import type { Logger } from "../../telemetry/logger.ts";

/** Where a server of EventQL is, and how to be let in: raw records are for administrators. */
export interface HttpLogOptions {
  /** The server's address, without a path of its own: `https://events.example.com`. */
  readonly url: string;
  /** Sent with every request: `{ authorization: "Bearer …" }`. A function is asked each time: for tokens that expire. */
  readonly headers?: HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);
  /** How long an answer may take, in ms. Default 10,000; reading what takes long is given the time that it may take. */
  readonly timeoutMs?: number;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** What makes the requests. Default: Node's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Headers of a request. */
export type HttpHeaders = Readonly<Record<string, string>>;
