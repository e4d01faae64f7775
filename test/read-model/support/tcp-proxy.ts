import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** What to do with bytes that a client sends. */
export type OnRequest = (bytes: Buffer) => "pass" | "swallow the answer" | "drop";

/** A relay before a server, whose connections a test can break. */
export class TcpProxy {
  onRequest: OnRequest = () => "pass";
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(host: string, port: number) {
    this.#target = { host, port };
  }

  /** Its address, the same after each start. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const server = createServer((client) => this.#relay(client));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = portOf(server.address());
    this.#server = server;
  }

  /** Breaks all connections. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Breaks all connections and takes no new ones. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.breakAll();
    if (server === undefined) return;
    server.close();
    await once(server, "close");
  }

  #relay(client: Socket): void {
    const server = connect(this.#target);
    let isSilent = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on("data", (bytes) => {
      const what = this.onRequest(bytes);
      isSilent ||= what === "swallow the answer";
      if (what === "drop") client.destroy();
      else server.write(bytes);
    });
    server.on("data", (bytes) => {
      if (isSilent) client.destroy();
      else client.write(bytes);
    });
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("the proxy has no port");
  return address.port;
}
