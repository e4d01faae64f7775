import type { Readable } from "node:stream";
import { EventQLError } from "../../errors.ts";
import { compareValues } from "../../read-model/query/compare.ts";
import { type LineSource, openLines } from "../line-source.ts";
import { type OtherEntry, type SurfaceLines, idOfLine } from "./surface-lines.ts";

/** Keys of a file that isn't sorted, which are held in memory. */
const MAX_UNSORTED = 1_000_000;

/** Whether the ids of a file's lines ascend, by their UTF-8 bytes. What is no line of ours is told of when it is read. */
export async function isSorted(file: string, stdin: Readable): Promise<boolean> {
  const { lines } = await openLines(file, stdin);
  let last: string | undefined;
  for await (const line of lines) {
    const id = idOfLine(line);
    if (id === undefined) continue;
    if (last !== undefined && compareValues(last, id) > 0) return false;
    last = id;
  }
  return true;
}

/** The entries of a file whose ids ascend. @throws EventQLError `BAD_USER_INPUT` naming the line that is wrong. */
export async function* readSorted(source: LineSource, reader: SurfaceLines): AsyncGenerator<OtherEntry, void> {
  let last: string | undefined;
  let number = 0;
  for await (const line of source.lines) {
    number += 1;
    if (line.trim() === "") continue;
    const entry = reader.read(line, number);
    if (entry.id === last) throw twice(entry.id, number);
    last = entry.id;
    yield entry;
  }
}

/** The entries of a file in any order. @throws EventQLError as {@link readSorted}, and `LIMIT_EXCEEDED`. */
export async function readUnsorted(source: LineSource, reader: SurfaceLines): Promise<Map<string, OtherEntry>> {
  const entries = new Map<string, OtherEntry>();
  let number = 0;
  for await (const line of source.lines) {
    number += 1;
    if (line.trim() === "") continue;
    const entry = reader.read(line, number);
    if (entries.has(entry.id)) throw twice(entry.id, number);
    entries.set(entry.id, entry);
    if (entries.size > MAX_UNSORTED) throw tooMany();
  }
  return entries;
}

function twice(id: string, line: number): EventQLError {
  return new EventQLError("BAD_USER_INPUT", `Line ${line} of the file has the id ${JSON.stringify(id)} once more.`);
}

function tooMany(): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The file has more than ${MAX_UNSORTED} lines that are not in the order of their ids: sort it, and any number will do.`,
  );
}
