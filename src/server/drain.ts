import type { Server, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** What a server that stops has to end beside its HTTP requests. */
export interface Drained {
  /** At once: nothing new is begun. */
  refuse(): void;
  /** Lets the sources of streams end them in their own way. Must not reject. */
  onDrain(): Promise<void>;
  /** Ends the streams that are left, and what else goes on for ever. */
  end(): void;
  /** Cuts off what is not over within the bound. */
  cutOff(): void;
}

/** Lets a server end: what is under way is answered, what is idle is closed. */
export interface Drain {
  readonly isDraining: boolean;
  /** Counts a response as under way until it is sent. */
  track(response: ServerResponse): void;
  /** Stops accepting and resolves when nothing is under way, or after the bound, when the rest is cut off. */
  stop(boundMs: number): Promise<void>;
}

/** Watches over the responses of a server. */
export function createDrain(server: Server, drained: Drained): Drain {
  return new HttpDrain(server, drained);
}

class HttpDrain implements Drain {
  readonly #server: Server;
  readonly #drained: Drained;
  readonly #open = new Set<ServerResponse>();
  #stopped: Promise<void> | undefined;

  constructor(server: Server, drained: Drained) {
    this.#server = server;
    this.#drained = drained;
  }

  get isDraining(): boolean {
    return this.#stopped !== undefined;
  }

  track(response: ServerResponse): void {
    this.#open.add(response);
    if (this.isDraining) closeAfter(response);
    response.once("close", () => {
      this.#open.delete(response);
      // Streams had told their clients that the connection may stay.
      if (this.isDraining) setImmediate(() => this.#server.closeIdleConnections());
    });
  }

  stop(boundMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(boundMs));
  }

  async #stop(boundMs: number): Promise<void> {
    this.#drained.refuse();
    for (const response of this.#open) closeAfter(response);
    const closed = promisify(this.#server.close.bind(this.#server))();
    this.#server.closeIdleConnections();
    const cutOff = setTimeout(() => {
      this.#drained.cutOff();
      this.#server.closeAllConnections();
    }, boundMs);
    // Half of the time is left for what is told to clients afterwards.
    await Promise.race([this.#drained.onDrain(), delay(boundMs / 2, undefined, { ref: false })]);
    this.#drained.end();
    await closed;
    clearTimeout(cutOff);
  }
}

/** Tells the client that its connection ends with this response. */
function closeAfter(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  if (!response.headersSent) response.setHeader("connection", "close");
}
