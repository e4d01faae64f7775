import type { Writable } from "node:stream";

/**
 * Ends the process as if it were told to where nobody reads its results any more, as in `eventql tail … | head`. Where
 * results can't be written for another reason, it ends at once with 1.
 */
export function endWhenClosed(stdout: Writable, stderr: Writable): void {
  let isClosed = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isClosed) return;
    isClosed = true;
    if (error.code !== "EPIPE") {
      stderr.write(`The results can't be written: ${error.message}\n`);
      process.exit(1);
    }
    if (!process.emit("SIGTERM", "SIGTERM")) process.exit(0);
  });
}
