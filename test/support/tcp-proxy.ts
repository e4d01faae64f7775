import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy that a test can make fail. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections were broken so far. */
  readonly broken: number;
  /**
   * Breaks the next connection on which the server answers a request that `matches` accepts: the server has done its
   * work, and the client never hears of it. Resolves when it has happened.
   */
  breakBeforeAnswer(matches: (request: Buffer) => boolean): Promise<void>;
  /**
   * Keeps the next request that `matches` accepts from the server, and whatever comes behind it on that connection: the
   * client waits. Resolves when it has come.
   */
  holdRequest(matches: (request: Buffer) => boolean): Promise<void>;
  /** Breaks every connection there is now. */
  breakAll(): void;
  /** Refuses new connections, and breaks those there are; or takes new ones again. */
  refuse(refusing: boolean): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const proxy = new Proxy(target);
  await proxy.listen();
  return proxy;
}

class Proxy implements TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #trap: { matches: (request: Buffer) => boolean; sprung: () => void } | undefined;
  #hold: { matches: (request: Buffer) => boolean; held: () => void } | undefined;
  #refusing = false;
  broken = 0;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#serve(client));
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("the proxy does not listen");
    return address.port;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  breakBeforeAnswer(matches: (request: Buffer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#trap = { matches, sprung: resolve };
    });
  }

  holdRequest(matches: (request: Buffer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#hold = { matches, held: resolve };
    });
  }

  breakAll(): void {
    for (const client of this.#clients) {
      this.broken += 1;
      client.destroy();
    }
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) this.breakAll();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    let trapped: (() => void) | undefined;
    let holding = false;
    this.#clients.add(client);
    client.on("data", (request: Buffer) => {
      if (this.#trap?.matches(request) === true) {
        trapped = this.#trap.sprung;
        this.#trap = undefined;
      }
      if (this.#hold?.matches(request) === true) {
        holding = true;
        this.#hold.held();
        this.#hold = undefined;
      }
      if (!holding) server.write(request);
    });
    server.on("data", (answer: Buffer) => {
      if (trapped === undefined) client.write(answer);
      else {
        this.broken += 1;
        trapped();
        client.destroy();
      }
    });
    client.on("close", () => {
      this.#clients.delete(client);
      server.destroy();
    });
    server.on("close", () => client.destroy());
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
  }
}
