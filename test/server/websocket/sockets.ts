import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type Client, type ClientOptions, type SubscribePayload, createClient } from "graphql-ws";
import { afterEach } from "vitest";
import { type ClientOptions as SocketOptions, WebSocket } from "ws";

const clients: Client[] = [];
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(clients.splice(0).map(async (client) => await client.dispose()));
});

/** Where a server's WebSocket is. */
function socketUrl(url: string, path = "/graphql"): string {
  return `${url.replace("http", "ws")}${path}`;
}

/** The client that most programs use; it doesn't try again. */
export function graphqlClient(url: string, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    url: socketUrl(url),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: () => {},
    ...options,
  });
  clients.push(client);
  return client;
}

/** What an operation brought, in the end. */
export interface Outcome {
  readonly results: readonly unknown[];
  /** What the client was told at the end; undefined: that it is complete. */
  readonly error: unknown;
}

/** A started operation. */
export interface Followed {
  readonly results: unknown[];
  readonly ended: Promise<Outcome>;
  /** Tells the server that no more is wanted. */
  stop(): void;
}

/** Runs an operation, and gathers what comes. */
export function follow(client: Client, payload: SubscribePayload): Followed {
  const results: unknown[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<Outcome>();
  const stop = client.subscribe(payload, {
    next: (result) => results.push(result),
    error: (error) => resolve({ results, error }),
    complete: () => resolve({ results, error: undefined }),
  });
  return { results, ended, stop };
}

/** A socket that speaks the protocol by hand. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly messages: unknown[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: unknown): void;
}

/** Opens a socket and says nothing. */
export async function openRaw(url: string, options: SocketOptions = {}): Promise<RawSocket> {
  const socket = new WebSocket(socketUrl(url), "graphql-transport-ws", options);
  sockets.push(socket);
  const messages: unknown[] = [];
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString())));
  const { promise: closed, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
  socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  await once(socket, "open");
  return { socket, messages, closed, send: (message) => socket.send(JSON.stringify(message)) };
}

/** The same, acknowledged. */
export async function openAcknowledged(url: string, options: SocketOptions = {}): Promise<RawSocket> {
  const raw = await openRaw(url, options);
  const acknowledged = once(raw.socket, "message");
  raw.send({ type: "connection_init" });
  await acknowledged;
  raw.messages.length = 0;
  return raw;
}

/** Tries to open a socket that the server refuses, and returns its answer. */
export async function refusedUpgrade(
  url: string,
  { path = "/graphql", protocols = ["graphql-transport-ws"], ...options }: Refused = {},
): Promise<{
  readonly status: number | undefined;
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
}> {
  const socket = new WebSocket(socketUrl(url, path), protocols, options);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  socket.once("unexpected-response", (_request, response) => resolve(response));
  socket.once("open", () => reject(new TypeError("the socket was opened")));
  socket.once("error", reject);
  const response = await promise;
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) };
}

interface Refused extends SocketOptions {
  readonly path?: string;
  readonly protocols?: string[];
}
