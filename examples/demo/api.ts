import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "graphql-ws";
import { z } from "zod";
import { EventQLError } from "../../src/errors.ts";

/** ms that anything may take before the demo gives up. */
const PATIENCE_MS = 20_000;

/** ms between two times that a question is asked again. */
const PAUSE_MS = 50;

/** What GraphQL has answered. */
export interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

const Answered: z.ZodType<Answer> = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

/** A running gateway, as an application calls it. */
export class Api {
  readonly #url: string;
  readonly #signal: AbortSignal;

  constructor(url: string, signal: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
  }

  /** Asks once. */
  async ask(query: string): Promise<Answer> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    return Answered.parse(await response.json());
  }

  /** Asks until the answer is as wanted. @throws EventQLError with the last answer where it never is. */
  async askUntil(query: string, isWanted: (answer: Answer) => boolean): Promise<Answer> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask(query);
      if (isWanted(answer)) return answer;
      if (Date.now() > end) throw unlike(query, answer);
      await delay(PAUSE_MS, undefined, { signal: this.#signal });
    }
  }

  /** Opens a subscription over WebSocket. */
  subscribe(query: string): Subscription {
    return new Subscription(createClient({ url: this.#url.replace(/^http/, "ws"), retryAttempts: 0 }), query);
  }
}

/** A running subscription. */
export class Subscription {
  readonly #client: Client;
  readonly #results: AsyncIterableIterator<Answer>;

  constructor(client: Client, query: string) {
    this.#client = client;
    this.#results = client.iterate({ query });
  }

  /** The next thing that it tells. @throws EventQLError where nothing comes. */
  async next(): Promise<Answer> {
    const late = new AbortController();
    const timeout = delay(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => {});
    try {
      const result = await Promise.race([this.#results.next(), timeout]);
      if (result?.done === false) return result.value;
      throw new EventQLError("INTERNAL", result === undefined ? "The subscription tells nothing." : "It has ended.");
    } finally {
      late.abort();
    }
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}

/** The error for an answer that isn't what the story promises. */
export function unlike(asked: string, answer: unknown): EventQLError {
  return new EventQLError("INTERNAL", `This is not what it should be:\n${asked}\n${JSON.stringify(answer)}`);
}
