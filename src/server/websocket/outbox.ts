import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** Bytes that are gathered into one write at most: more would only wait. */
const GATHERED_BYTES = 65_536;

/**
 * What a socket has yet to take. Messages of one turn of the event loop go out in one write. While more waits than the
 * bound, nothing is read from the client either: who doesn't take answers may not ask for more.
 */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  readonly #bound: number;
  readonly #waiting = new Set<() => void>();
  #isGathering = false;

  constructor(socket: WebSocket, transport: Socket, bound: number) {
    this.#socket = socket;
    this.#transport = transport;
    this.#bound = bound;
    socket.once("close", () => this.#wake());
  }

  /** Bytes that were sent, but not yet taken. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Whether what waits is within the bound. */
  hasRoom(): boolean {
    if (this.#socket.bufferedAmount < this.#bound) return true;
    // What is merely gathered says nothing about the client.
    this.#flush();
    return this.#socket.bufferedAmount < this.#bound;
  }

  /** Resolves when there is room again, or never will be because the socket is closed. */
  async room(): Promise<void> {
    if (!this.#isOpen() || this.hasRoom()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    await promise;
  }

  /** Sends a message, which is lost where the socket is closed. */
  post(message: string): void {
    this.#post(message, this.#onTaken);
  }

  /** The same; resolves when the socket has taken it, or is closed. */
  async send(message: string): Promise<void> {
    if (!this.#isOpen()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#post(message, () => {
      this.#onTaken();
      resolve();
    });
    await promise;
  }

  #post(message: string, onTaken: () => void): void {
    if (!this.#isOpen()) return;
    this.#gather();
    this.#socket.send(message, onTaken);
    if (!this.hasRoom()) this.#socket.pause();
  }

  #gather(): void {
    if (this.#isGathering) {
      if (this.#transport.writableLength >= GATHERED_BYTES) this.#flush();
      return;
    }
    this.#isGathering = true;
    this.#transport.cork();
    process.nextTick(this.#release);
  }

  #flush(): void {
    if (!this.#isGathering) return;
    this.#transport.uncork();
    this.#transport.cork();
  }

  readonly #release = (): void => {
    this.#isGathering = false;
    this.#transport.uncork();
  };

  readonly #onTaken = (): void => {
    if (this.#isOpen() && !this.hasRoom()) return;
    if (this.#socket.isPaused) this.#socket.resume();
    if (this.#waiting.size > 0) this.#wake();
  };

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}
