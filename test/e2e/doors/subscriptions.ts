import { NetworkError } from "graphql-sse";
import { LiveClient, type Received, subscribeBySse } from "../../support/live-client.ts";
import type { Proofs } from "./callers.ts";
import { type Operation, type Result, closingOf, endingCodes, resultOf, told } from "./transports.ts";

/** The ways by which one subscribes. */
export const STREAMS = ["SSE", "WebSocket by connection_init", "WebSocket by headers"] as const;

export type Stream = (typeof STREAMS)[number];

/** A subscription under way. */
export interface Watch {
  readonly received: Received;
  readonly stop: () => Promise<void>;
}

/** What came of a subscription: its items, and what ended it; undefined: it goes on. */
export interface Seen {
  readonly items: readonly Result[];
  readonly ended?: { readonly codes: readonly string[]; readonly by?: number } | undefined;
}

/** Subscribes with a caller's proofs. */
export function watch(url: string, by: Stream, { query, variables }: Operation, proofs: Proofs): Watch {
  if (by === "SSE") {
    const received = subscribeBySse(url, query, variables, proofs);
    return { received, stop: async () => await Promise.resolve(received.stop()) };
  }
  const client = by === "WebSocket by headers" ? new LiveClient(url, {}, proofs) : new LiveClient(url, proofs);
  return { received: client.subscribe(query, variables), stop: async () => await client.close() };
}

/** What a subscription has brought so far, told alike for all transports. */
export async function seenOf({ items, failure, isOver }: Received): Promise<Seen> {
  const results = items.map(told);
  if (!isOver) return { items: results };
  // Over SSE what ends a stream is its last result, without data.
  const last = results.at(-1);
  if (failure === undefined && last !== undefined && last.data === undefined)
    return { items: results.slice(0, -1), ended: { codes: last.codes } };
  return { items: results, ended: await endingOf(failure) };
}

async function endingOf(failure: unknown): Promise<Seen["ended"]> {
  const closed = closingOf(failure);
  if (closed !== undefined && "refused" in closed) return { codes: [closed.refused], by: closed.by };
  const codes = endingCodes(failure);
  if (codes !== undefined) return { codes };
  if (!(failure instanceof NetworkError) || !(failure.response instanceof Response))
    return { codes: [String(failure)] };
  return { codes: (await resultOf(failure.response.clone())).codes, by: failure.response.status };
}
