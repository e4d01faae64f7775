import { type IncomingMessage, ServerResponse } from "node:http";
import { type Server as ProtocolServer, handleProtocols } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "../request-id.ts";
import { sendError } from "../responses.ts";
import { type KeepAliveTimes, keepAlive, keepAliveTimes } from "./keep-alive.ts";
import { Outbox } from "./outbox.ts";
import { type ProtocolOptions, createProtocol } from "./protocol.ts";
import { openProtocol } from "./open-protocol.ts";
import { Session } from "./session.ts";
import { type UpgradeRefusal, whyNoUpgrade } from "./upgrade-checks.ts";

/** What the sockets serve, and their bounds. */
export interface SocketServerOptions extends ProtocolOptions {
  /** Bytes that may wait for a slow client. */
  readonly bufferedBytes: number;
  /** Whether requests must name this machine as their host. */
  readonly onlyLoopback: boolean;
  readonly logger: Logger;
  readonly keepAlive?: KeepAliveTimes | undefined;
}

/** The sockets of a server. */
export interface SocketServer {
  /** Takes over a request that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, head: Buffer): void;
  /** Refuses new sockets and new operations. */
  refuseOperations(): void;
  /** Ends subscriptions with `SHUTTING_DOWN`, and closes each socket when its last operation is over. */
  end(): void;
  /** Cuts off what is left. */
  terminate(): void;
}

/** Speaks GraphQL over WebSocket. */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  return new Sockets(options);
}

class Sockets implements SocketServer {
  readonly #options: SocketServerOptions;
  readonly #protocol: ProtocolServer<Session>;
  readonly #handshake: WebSocketServer;
  readonly #sessions = new Set<Session>();
  #isDraining = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#protocol = createProtocol(options);
    this.#handshake = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.bodyBytes,
      perMessageDeflate: false,
      handleProtocols,
      // An operation that a message ends is over before the next message, which may use its id again, is looked at.
      allowSynchronousEvents: false,
    });
    this.#handshake.on("headers", (headers, request) => {
      headers.push(`${REQUEST_ID_HEADER}: ${this.#requestIds.get(request) ?? ""}`);
    });
  }

  readonly #requestIds = new WeakMap<IncomingMessage, string>();

  upgrade(request: IncomingMessage, head: Buffer): void {
    request.socket.on("error", ignore);
    const requestId = requestIdOf(request);
    const { onlyLoopback, logger } = this.#options;
    const refusal = whyNoUpgrade(request, { onlyLoopback, isDraining: this.#isDraining });
    if (refusal !== undefined) {
      logger.debug({ requestId, ...refusal }, "WebSocket refused");
      return refuse(request, requestId, refusal);
    }
    this.#requestIds.set(request, requestId);
    this.#handshake.handleUpgrade(request, request.socket, head, (socket) => this.#open(socket, request, requestId));
  }

  refuseOperations(): void {
    this.#isDraining = true;
    for (const session of this.#sessions) session.refuseOperations();
  }

  end(): void {
    this.refuseOperations();
    for (const session of this.#sessions) session.end();
  }

  terminate(): void {
    for (const { socket } of this.#sessions) socket.terminate();
  }

  #open(socket: WebSocket, request: IncomingMessage, requestId: string): void {
    const { bufferedBytes, logger, keepAlive: times = keepAliveTimes } = this.#options;
    const session = new Session(socket, new Outbox(socket, request.socket, bufferedBytes), request, requestId);
    this.#sessions.add(session);
    socket.on("error", (error) => logger.debug({ requestId, error: messageOf(error) }, "WebSocket failed"));
    socket.once("close", (code) => {
      this.#sessions.delete(session);
      logger.debug({ requestId, code }, "WebSocket closed");
    });
    keepAlive(socket, request.socket, times);
    openProtocol(this.#protocol, session, logger.child({ requestId }));
  }
}

/** What goes wrong on a connection is told by its end. */
function ignore(): void {}

function refuse(request: IncomingMessage, requestId: string, { status, code, message }: UpgradeRefusal): void {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => socket.destroySoon());
  sendError(response, status, code, message, { [REQUEST_ID_HEADER]: requestId });
}
