import type { WebSocket } from "ws";

/** Bytes of UTF-8 that the reason of a close frame may have (RFC 6455, 5.5.1). */
const MAX_REASON = 123;

/** Closes a socket with as much of the reason as a close frame holds. Those that are closing already stay as they are. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.OPEN) socket.close(code, cut(reason));
}

function cut(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.byteLength <= MAX_REASON) return reason;
  // A character that the cut goes through becomes a replacement character, which is left out, and `…` has three bytes.
  return `${bytes.toString("utf8", 0, MAX_REASON - 3).replace(/\uFFFD+$/u, "")}…`;
}
