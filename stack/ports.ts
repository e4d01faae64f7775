import { connect, createServer, type Server } from "node:net";
import { EventQLError, messageOf } from "../src/errors.ts";
import { host, perServer, portOptions, serverNames, titles, type Ports, type ServerName } from "./settings.ts";

/** As many different free ports as asked for. They are held together while they are chosen, so no two are the same. */
async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = held.map(portOf);
  await Promise.all(held.map(close));
  return ports;
}

/** One free port. */
export async function freePort(): Promise<number> {
  const held = await listen(0);
  const port = portOf(held);
  await close(held);
  return port;
}

/** The wanted ports, with different free ones in place of 0. */
export async function choosePorts(wanted: Ports): Promise<Ports> {
  const [kafka = 0, registry = 0, mongo = 0] = await freePorts(serverNames.length);
  const free: Ports = { kafka, registry, mongo };
  return perServer((name) => wanted[name] || free[name]);
}

/**
 * Makes sure that a server can listen on a port.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` naming the port, how to see who has it, and the option that chooses another
 */
export async function ensurePortFree(server: ServerName, port: number): Promise<void> {
  try {
    await close(await listen(port));
  } catch (error) {
    const option = portOptions[server];
    throw new EventQLError(
      "STACK_UNAVAILABLE",
      `port ${port} for ${titles[server]} can't be used (${messageOf(error)}): see who has it with ` +
        `\`lsof -i :${port}\` or \`ss -ltnp 'sport = :${port}'\` and stop that, or choose another port with ` +
        `${option} (${option} 0 takes any free one)`,
      { cause: error },
    );
  }
}

/** Whether something takes connections on a port. */
export function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port });
  const end = (connected: boolean): void => {
    socket.destroy();
    resolve(connected);
  };
  socket.once("connect", () => end(true));
  socket.once("error", () => end(false));
  return promise;
}

function listen(port: number): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer();
  server.once("error", reject);
  server.listen({ host, port }, () => resolve(server));
  return promise;
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a listening TCP server has a port");
  return address.port;
}
