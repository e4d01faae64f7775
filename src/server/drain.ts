import type { Server, ServerResponse } from "node:http";
import { promisify } from "node:util";

/** Lets a server end: what is under way is answered, what is idle is closed. */
export interface Drain {
  readonly isDraining: boolean;
  /** Counts a response as under way until it is sent. */
  track(response: ServerResponse): void;
  /** Stops accepting and resolves when nothing is under way, or after the bound, when the rest is cut off. */
  stop(boundMs: number): Promise<void>;
}

/** Watches over the responses of a server. */
export function createDrain(server: Server): Drain {
  return new HttpDrain(server);
}

class HttpDrain implements Drain {
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  #stopped: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  get isDraining(): boolean {
    return this.#stopped !== undefined;
  }

  track(response: ServerResponse): void {
    this.#open.add(response);
    if (this.isDraining) closeAfter(response);
    response.once("close", () => {
      this.#open.delete(response);
    });
  }

  stop(boundMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(boundMs));
  }

  async #stop(boundMs: number): Promise<void> {
    for (const response of this.#open) closeAfter(response);
    const closed = promisify(this.#server.close.bind(this.#server))();
    this.#server.closeIdleConnections();
    const cutOff = setTimeout(() => {
      this.#server.closeAllConnections();
    }, boundMs);
    await closed;
    clearTimeout(cutOff);
  }
}

/** Tells the client that its connection ends with this response. */
function closeAfter(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  if (!response.headersSent) response.setHeader("connection", "close");
}
