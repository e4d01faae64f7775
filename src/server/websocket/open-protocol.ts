import { CloseCode, type Server as ProtocolServer } from "graphql-ws";
import type { RawData } from "ws";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { closeSocket } from "./close-socket.ts";
import type { Session } from "./session.ts";

/** Connects a socket with the protocol, until the socket closes. */
export function openProtocol(protocol: ProtocolServer<Session>, session: Session, logger: Logger): void {
  const { socket, outbox } = session;
  const failed = (error: unknown): void => {
    // The protocol's own word for a message that only servers send.
    if (messageOf(error).startsWith("Unexpected message of type")) return session.closeAsInvalid();
    logger.error({ error }, "a WebSocket message failed unexpectedly");
    closeSocket(socket, CloseCode.InternalServerError, "Something unexpected went wrong: the server's log has it.");
  };
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: async (message) => await outbox.send(message),
      close: (code = CloseCode.InternalServerError, reason = "") => closeSocket(socket, code, reason),
      onMessage: (take) => {
        socket.on("message", (data, isBinary) => {
          // What still arrives on a socket that was closed for a reason is not looked at.
          if (socket.readyState !== socket.OPEN) return;
          if (isBinary) session.closeAsInvalid();
          else take(textOf(data)).catch(failed);
        });
      },
    },
    session,
  );
  socket.once("close", (code, reason) => {
    closed(code, reason.toString()).catch((error: unknown) => {
      logger.error({ error }, "closing a WebSocket's operations failed");
    });
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
