import type { Download } from "./cache.ts";
import type { ServerName } from "./settings.ts";

/** Where a server that starts finds its things. */
export interface Launch {
  /** The server's files in the cache. */
  readonly files: string;
  /** The server's own folder, which exists. */
  readonly data: string;
  readonly port: number;
  readonly java: string;
}

/** How one server runs without a container. */
export interface NativeServer {
  readonly name: ServerName;
  readonly download: Download;
  /** An argument of the command line that only the server on this data folder has; tells its process from all others. */
  readonly marker: (data: string) => string;
  /** Writes the configuration and gives the command line. */
  readonly prepare: (launch: Launch) => Promise<{ readonly command: string; readonly args: readonly string[] }>;
  /** Whether the server answers; asked again and again after the start. */
  readonly isReady: (port: number, log: string) => Promise<boolean>;
  /** What to set in a server that answers. */
  readonly settle: (port: number) => Promise<void>;
}
