import { createClient as createSseClient } from "graphql-sse";
import { type Client, createClient } from "graphql-ws";
import { vi } from "vitest";
import { WebSocket } from "ws";

/** What one subscription has received so far, and how it ended. */
export class Received {
  readonly items: unknown[] = [];
  /** What ended it; undefined: it runs, or completed. */
  failure: unknown;
  isOver = false;
  readonly #stop: () => void;

  constructor(start: (received: Received) => () => void) {
    this.#stop = start(this);
  }

  stop(): void {
    this.#stop();
  }

  /** The items once there are so many of them. */
  async atLeast(count: number, timeout = 20_000): Promise<readonly unknown[]> {
    await vi.waitFor(
      () => {
        if (this.items.length < count) throw new RangeError(`${this.items.length} items of ${count}: ${this.ending()}`);
      },
      { timeout, interval: 10 },
    );
    return this.items;
  }

  /** Resolves once it has ended. */
  async over(timeout = 20_000): Promise<void> {
    await vi.waitFor(
      () => {
        if (!this.isOver) throw new RangeError(`${this.items.length} items, and it goes on`);
      },
      { timeout, interval: 5 },
    );
  }

  /** How it ended, for people. */
  ending(): string {
    if (!this.isOver) return "it goes on";
    return this.failure === undefined ? "completed" : describe(this.failure);
  }
}

/** What of a subscription's source tells its results. */
interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

function sinkOf(received: Received): Sink {
  return {
    next: (result) => received.items.push(result),
    error: (error) => {
      received.failure = error;
      received.isOver = true;
    },
    complete: () => {
      received.isOver = true;
    },
  };
}

/** A client over one WebSocket, as an application would use it, without its own reconnecting. */
export class LiveClient {
  readonly #client: Client;

  /** @param headers Of the request that opens the socket, which a program can send and a browser can't. */
  constructor(
    url: string,
    connectionParams: Readonly<Record<string, unknown>> = {},
    headers?: Readonly<Record<string, string>>,
  ) {
    this.#client = createClient({
      url: `${url.replace(/^http/, "ws")}/graphql`,
      connectionParams: { ...connectionParams },
      ...(headers !== undefined && { webSocketImpl: socketWith(headers) }),
      lazy: true,
      retryAttempts: 0,
    });
  }

  subscribe(query: string, variables: Readonly<Record<string, unknown>> = {}): Received {
    return new Received((received) => this.#client.subscribe({ query, variables: { ...variables } }, sinkOf(received)));
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}

function socketWith(headers: Readonly<Record<string, string>>): new (url: string) => WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { headers: { ...headers } });
    }
  };
}

/** Subscribes by server-sent events. */
export function subscribeBySse(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Received {
  const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0, headers: { ...headers } });
  return new Received((received) => client.subscribe({ query, variables: { ...variables } }, sinkOf(received)));
}

function describe(failure: unknown): string {
  return failure instanceof Error ? failure.message : (JSON.stringify(failure) ?? String(failure));
}
