import type { Readable } from "node:stream";

/** A stream to people or programs. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** The size of a terminal, in characters and lines. */
  readonly columns?: number;
  readonly rows?: number;
}

/** What the command line is connected to. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results. */
  readonly stdout: Output;
  /** Everything else: logs, progress, mistakes. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}
