import { z } from "zod";
import { LiveClient } from "../../support/live-client.ts";
import type { Proofs } from "./callers.ts";

/** What is sent through a door. */
export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Beside the proofs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What came back: an answer, or that the proof was refused. */
export type Outcome =
  | (Result & { readonly status?: number })
  /** `by`: HTTP's status, or the code that the WebSocket was closed with. */
  | { readonly refused: string; readonly by: number };

/** Sends an operation to a gateway with a caller's proofs. */
export type Send = (url: string, operation: Operation, proofs: Proofs) => Promise<Outcome>;

const errors = z.array(z.object({ extensions: z.object({ code: z.string() }).loose() }).loose());
const answer = z.object({ data: z.unknown().optional(), errors: errors.optional() });
const closing = z.object({ code: z.number(), reason: z.string() });

/** The ways by which queries and mutations are sent. */
export type Transport = "POST" | "GET" | "SSE" | "WebSocket by connection_init" | "WebSocket by headers";

/** How each is done. */
export const TRANSPORTS: Readonly<Record<Transport, Send>> = {
  POST: async (url, { query, variables, headers }, proofs) =>
    await outcomeOf(await post(url, { query, variables }, { accept: JSON_TYPE, ...headers, ...proofs })),
  GET: async (url, { query, variables, headers }, proofs) => {
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables ?? {}) });
    const sent = { accept: JSON_TYPE, "eventql-csrf": "1", ...headers, ...proofs };
    return await outcomeOf(await fetch(`${url}/graphql?${parameters.toString()}`, { headers: sent }));
  },
  SSE: async (url, { query, variables, headers }, proofs) =>
    await outcomeOf(await post(url, { query, variables }, { accept: "text/event-stream", ...headers, ...proofs })),
  "WebSocket by connection_init": async (url, operation, proofs) =>
    await bySocket(new LiveClient(url, proofs, operation.headers), operation),
  "WebSocket by headers": async (url, operation, proofs) =>
    await bySocket(new LiveClient(url, {}, { ...operation.headers, ...proofs }), operation),
};

const JSON_TYPE = "application/graphql-response+json";

async function post(url: string, body: object, headers: Readonly<Record<string, string>>): Promise<Response> {
  return await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const { data, codes } = await resultOf(response);
  // What a 401 must have (RFC 9110, section 15.5.2).
  if (status === 401 && headers.get("www-authenticate") === "Bearer") return { refused: codes.join(), by: status };
  return { status, data, codes };
}

/** The result in a response, be it JSON or a stream. */
export async function resultOf(response: Response): Promise<Result> {
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  return told(JSON.parse(isStream ? firstResult(text) : text));
}

/** Of the first event that holds a result. */
function firstResult(stream: string): string {
  return /^event: next\ndata: (.*)$/m.exec(stream)?.[1] ?? "{}";
}

async function bySocket(client: LiveClient, { query, variables }: Operation): Promise<Outcome> {
  const received = client.subscribe(query, variables);
  await received.over();
  await client.close();
  const refused = endingCodes(received.failure);
  return closingOf(received.failure) ?? (refused && { codes: refused }) ?? told(received.items[0]);
}

/** Of the close frame; its reason begins with the code. */
function refusalBy({ code, reason }: { readonly code: number; readonly reason: string }): Outcome {
  return { refused: /^[A-Z_]+(?=: )/.exec(reason)?.[0] ?? reason, by: code };
}

/** A result of GraphQL, of its errors the codes. */
export interface Result {
  readonly data?: unknown;
  readonly codes: readonly string[];
}

/** Reads a result. */
export function told(result: unknown): Result {
  const { data, errors: all } = answer.parse(result);
  return { data, codes: codesOf(all) };
}

/** The codes of errors that ended an operation; undefined: something else did. */
export function endingCodes(failure: unknown): readonly string[] | undefined {
  const { data, success } = errors.safeParse(failure);
  return success ? codesOf(data) : undefined;
}

/** How a socket was closed; undefined: it was not. */
export function closingOf(failure: unknown): Outcome | undefined {
  const { data, success } = closing.safeParse(failure);
  return success ? refusalBy(data) : undefined;
}

function codesOf(all: z.infer<typeof errors> = []): readonly string[] {
  return all.map(({ extensions }) => extensions.code);
}
