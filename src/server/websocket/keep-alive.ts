import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** ms between pings, and how long an answer may take. */
const PING_INTERVAL = 12_000;

/** ms that a socket which has something to take may take nothing of it. */
const STALLED = 30_000;

/** How long a client may be silent, in ms. */
export interface KeepAliveTimes {
  readonly ping: number;
  readonly stalled: number;
}

/** The times where no others are given. */
export const keepAliveTimes: KeepAliveTimes = { ping: PING_INTERVAL, stalled: STALLED };

/**
 * Ends sockets whose other side is gone: nothing comes after a ping, or nothing is taken of what waits for it. A client
 * that is merely slow gets its pings late, behind everything else, so it is measured by what it takes.
 */
export function keepAlive(socket: WebSocket, transport: Socket, { ping, stalled }: KeepAliveTimes): void {
  let readBeforePing: number | undefined;
  const isSilent = (): boolean => transport.bytesRead === readBeforePing;
  const timer = setInterval(() => {
    if (socket.bufferedAmount > 0) readBeforePing = undefined;
    // The answer may be here, unread, where it was this process that stood still.
    else if (isSilent()) setImmediate(() => isSilent() && socket.terminate());
    else if (socket.readyState === socket.OPEN) {
      readBeforePing = transport.bytesRead;
      socket.ping();
    }
  }, ping);
  socket.once("close", () => clearInterval(timer));
  // It passes only while a write takes that long: the pings are activity, too.
  transport.setTimeout(Math.max(stalled, 2 * ping), () => socket.terminate());
}
