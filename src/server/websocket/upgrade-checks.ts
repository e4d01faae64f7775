import type { IncomingMessage } from "node:http";
import { handleProtocols } from "graphql-ws";
import type { ErrorCode } from "../../errors.ts";
import { isLoopbackUrl } from "../../security/loopback.ts";
import { hostRefusal, namesThisMachine } from "../request-checks.ts";

/** Why a request doesn't become a WebSocket. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What matters beside the request itself. */
export interface UpgradeConditions {
  readonly isDraining: boolean;
  /** Whether requests must name this machine as their host. */
  readonly onlyLoopback: boolean;
}

/** Looks at a request to become a WebSocket; undefined: it may. */
export function whyNoUpgrade(request: IncomingMessage, conditions: UpgradeConditions): UpgradeRefusal | undefined {
  const { headers, url = "/" } = request;
  if (conditions.onlyLoopback && !namesThisMachine(request)) return forbidden(hostRefusal(request));
  const [path] = url.split("?");
  if (path !== "/graphql") return invalid(404, `There is no WebSocket at ${path}: it is at /graphql.`);
  if (headers.origin !== undefined && !mayConnect(headers.origin, headers.host)) {
    return forbidden(
      `Pages of ${headers.origin} may not connect: those of this server's own host and of localhost may. ` +
        "Programs that are no browser send no origin.",
    );
  }
  if (handleProtocols(headers["sec-websocket-protocol"] ?? "") === false) {
    return invalid(400, "Ask for the subprotocol graphql-transport-ws, which the library graphql-ws speaks.");
  }
  if (conditions.isDraining) {
    return { status: 503, code: "SHUTTING_DOWN", message: "The server is stopping: connect again in a moment." };
  }
  return undefined;
}

/** Browsers apply no same-origin rule to WebSockets, so that any page could use one with the visitor's network. */
function mayConnect(origin: string, host: string | undefined): boolean {
  return isLoopbackUrl(origin) || (host !== undefined && isSameHost(origin, host));
}

/** With the origin's scheme for both, for the port that is meant where none is said depends on it. */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const own = `${protocol}//${host}`;
  return originHost !== "" && URL.canParse(own) && new URL(own).host === originHost;
}

function forbidden(message: string): UpgradeRefusal {
  return { status: 403, code: "FORBIDDEN", message };
}

function invalid(status: number, message: string): UpgradeRefusal {
  return { status, code: "BAD_USER_INPUT", message };
}
