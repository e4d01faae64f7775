import type { z } from "zod";
import { RECORDS_TYPE } from "../record-wire.ts";
import { closed, jsonOf, refusal, unexpected, unreachable } from "./failures.ts";
import type { HttpLogOptions } from "./options.ts";

const TIMEOUT_MS = 10_000;

/** What to ask for. */
export interface HttpRequest {
  /** Below `/events`, each part as it is: they are escaped. Empty: `/events` itself. */
  readonly path: readonly string[];
  /** Those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** What is sent, as JSON; absent: nothing is. */
  readonly body?: unknown;
  /** How long the answer may take, in ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer whose body was received whole. */
export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** The way to one server. */
export class HttpConnection {
  readonly #options: HttpLogOptions;
  readonly #ended = new AbortController();

  constructor(options: HttpLogOptions) {
    this.#options = options;
  }

  /** How long an answer may take where nothing else is said, in ms. */
  get timeoutMs(): number {
    return this.#options.timeoutMs ?? TIMEOUT_MS;
  }

  /** Is aborted when the connection is closed. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Asks, and checks what comes. @throws EventQLError `EVENT_LOG_UNAVAILABLE`, and what the server says. */
  async ask<T>(request: HttpRequest, shape: z.ZodType<T>): Promise<T> {
    const answer = await this.send(request).catch((error: unknown) => {
      this.#assertOpen();
      request.signal?.throwIfAborted();
      throw unreachable(this.#url(request).origin, error);
    });
    return read(answer, shape);
  }

  /** Sends a request and receives the answer. @throws what `fetch` throws. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.#assertOpen();
    const { headers = {}, fetch: call = fetch } = this.#options;
    const { body, timeoutMs = this.timeoutMs } = request;
    const own = typeof headers === "function" ? await headers() : headers;
    const signals = [this.#ended.signal, AbortSignal.timeout(timeoutMs), ...(request.signal ? [request.signal] : [])];
    const response = await call(this.#url(request), {
      method: body === undefined ? "GET" : "POST",
      headers: { ...own, accept: RECORDS_TYPE, ...(body !== undefined && { "content-type": RECORDS_TYPE }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.any(signals),
    });
    return { url: this.#url(request).origin, status: response.status, text: await response.text() };
  }

  /** Ends requests under way, and takes no more. */
  close(): void {
    this.#ended.abort();
  }

  #url({ path, query = {} }: HttpRequest): URL {
    const base = this.#options.url.replace(/\/+$/, "");
    const url = new URL(`${base}/events${path.map((part) => `/${encodeURIComponent(part)}`).join("")}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  #assertOpen(): void {
    if (this.#ended.signal.aborted) throw closed();
  }
}

/** What an answer holds. @throws EventQLError what the server says; `EVENT_LOG_UNAVAILABLE` where it makes no sense. */
export function read<T>({ url, status, text }: HttpAnswer, shape: z.ZodType<T>): T {
  if (status < 200 || status > 299) throw refusal(url, status, text);
  const parsed = shape.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw unexpected(url, status);
}
