import type { IncomingMessage } from "node:http";
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { RequestContext } from "../../security/authorize.ts";
import { callerOf } from "../caller.ts";
import { closeSocket } from "./close-socket.ts";
import type { LiveOperation } from "./live-operation.ts";
import type { Outbox } from "./outbox.ts";

/** Operations that may run on one socket at a time. */
const MAX_OPERATIONS = 1_000;

/** Going away: the server stops (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;

/** One client's socket, and the operations that run on it. */
export class Session {
  readonly socket: WebSocket;
  readonly outbox: Outbox;
  /** Names the socket in the log. */
  readonly requestId: string;
  /** Who calls: the upgrade request's headers, and from `connection_init` on who they are. */
  caller: RequestContext;
  readonly #running = new Map<string, LiveOperation | undefined>();
  #operations = 0;
  #isEnding = false;

  constructor(socket: WebSocket, outbox: Outbox, request: IncomingMessage, requestId: string) {
    this.socket = socket;
    this.outbox = outbox;
    this.requestId = requestId;
    this.caller = callerOf(request);
  }

  /** Whether no new operations are taken. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether as many operations run as may. */
  get isFull(): boolean {
    return this.#running.size >= MAX_OPERATIONS;
  }

  /** Whether an operation of this id still runs, although the client may have ended it. */
  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  /** A new operation's name in the log. */
  nextRequestId(): string {
    this.#operations += 1;
    return `${this.requestId}/${this.#operations}`;
  }

  begin(id: string): void {
    this.#running.set(id, undefined);
  }

  /** Where the operation is a subscription: what ends it. */
  follow(id: string, live: LiveOperation): void {
    if (this.#running.has(id)) this.#running.set(id, live);
    if (this.#isEnding) live.shutDown();
  }

  complete(id: string): void {
    this.#running.delete(id);
    // The protocol has yet to say that the operation is complete: a client that wasn't told would repeat it.
    if (this.#isEnding) setImmediate(() => this.#closeIfDone());
  }

  /** Takes no more operations. */
  refuseOperations(): void {
    this.#isEnding = true;
  }

  /** Ends what would go on for ever, and closes the socket when the last operation is over. */
  end(): void {
    this.#isEnding = true;
    for (const live of this.#running.values()) live?.shutDown();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isEnding && this.#running.size === 0) closeSocket(this.socket, GOING_AWAY, "The server is stopping.");
  }

  /** Closes the socket because the client broke the protocol. */
  closeAsInvalid(): void {
    closeSocket(this.socket, CloseCode.BadRequest, "Invalid message received");
  }
}
