import { type Client, createClient } from "graphql-ws";
import type { Endpoint } from "./endpoint.ts";

/** ms between two questions whether the other side is still there, and how long it has to answer. */
const PING_MS = 10_000;
const PONG_MS = 5_000;

/** A connection to a gateway, made when it is used. Lost, it stays so; one that answers nothing any more counts as lost. */
export function openSocket({ url, credentials }: Endpoint): Client {
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: { ...credentials },
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
      closed: () => clearTimeout(silence),
    },
  });
  return client;
}
