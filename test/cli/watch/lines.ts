import { z } from "zod";

/** A line that `eventql watch users` prints for a change. */
export interface WatchedLine {
  readonly operation: string;
  readonly id: string;
  readonly user: Readonly<Record<string, unknown>> | null;
}

const line: z.ZodType<WatchedLine> = z.object({
  operation: z.string(),
  id: z.string(),
  user: z.record(z.string(), z.unknown()).nullable(),
});

/** The complete lines for changes in what was printed so far. */
export function linesOf(output: string): readonly WatchedLine[] {
  const complete = output.slice(0, output.lastIndexOf("\n") + 1).split("\n");
  return complete.filter((text) => text.startsWith("{")).map((text) => line.parse(JSON.parse(text)));
}
