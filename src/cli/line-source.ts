import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { EventQLError, messageOf } from "../errors.ts";

/** Lines to read, and how far reading is. */
export interface LineSource {
  readonly lines: AsyncIterable<string>;
  /** Bytes in all, where that is known. */
  readonly bytes: number | undefined;
  bytesRead(): number;
}

/**
 * The lines of a file, or of standard input where none is named.
 * @throws EventQLError `BAD_USER_INPUT` where there is no such file.
 */
export async function openLines(file: string | undefined, stdin: Readable): Promise<LineSource> {
  if (file === undefined) return { lines: linesOf(stdin), bytes: undefined, bytesRead: () => 0 };
  const bytes = await sizeOf(file);
  const stream = createReadStream(file);
  return { lines: linesOf(stream), bytes, bytesRead: () => stream.bytesRead };
}

async function sizeOf(file: string): Promise<number> {
  try {
    const { size } = await stat(file);
    return size;
  } catch (error) {
    throw new EventQLError("BAD_USER_INPUT", `The file can't be read: ${messageOf(error)}.`, { cause: error });
  }
}

function linesOf(input: Readable): AsyncIterable<string> {
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
