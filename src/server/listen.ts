import { once } from "node:events";
import type { Server } from "node:http";
import { isIPv6 } from "node:net";
import { EventQLError, messageOf } from "../errors.ts";

/**
 * Opens the port and returns the address to reach it by: `http://127.0.0.1:4000`.
 * @throws EventQLError `CONFIG_INVALID` where the port is taken, or may not be opened.
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (error) {
    throw new EventQLError("CONFIG_INVALID", refusal(error, host, port), { cause: error });
  }
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return `http://${reachable(host)}:${bound}`;
}

/** The addresses that mean "all of them" can be listened on, but not called. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return isIPv6(host) ? `[${host}]` : host;
}

function refusal(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return `Port ${port} is taken by another program: stop that one, or choose another with --port (0: any free one).`;
  }
  if (code === "EACCES") return `Port ${port} may not be opened by this user: choose one above 1023 with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `This machine has no address ${host}: choose another with --host.`;
  }
  return `The server can't listen on ${host}, port ${port}: ${messageOf(error)}`;
}
