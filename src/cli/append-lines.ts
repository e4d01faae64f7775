import { type EventQLError, isEventQLError } from "../errors.ts";

/** A line that was not appended. */
export interface FailedLine {
  /** Counts from 1. */
  readonly line: number;
  readonly error: EventQLError;
}

/** How many lines became events. */
export interface AppendedLines {
  readonly appended: number;
  readonly failed: number;
  /** Where appending stopped because the log or the registry is away: from this line on, not all were appended. */
  readonly stoppedAt: FailedLine | undefined;
}

/** What to do with each line, and whom to tell. */
export interface LineHandlers {
  append(line: string): Promise<unknown>;
  onFailed(failed: FailedLine): void;
  /** After each group of lines. */
  onProgress(appended: number): void;
}

/** How many lines are appended without waiting for one another. */
const GROUP = 500;

/** Appends line by line, in order. A bad line is left out; a fault of the infrastructure stops the rest. */
export async function appendLines(lines: AsyncIterable<string>, handlers: LineHandlers): Promise<AppendedLines> {
  let result: AppendedLines = { appended: 0, failed: 0, stoppedAt: undefined };
  for await (const group of grouped(lines)) {
    const { appended, failures } = await appendGroup(group, handlers);
    for (const failure of failures) handlers.onFailed(failure);
    result = {
      appended: result.appended + appended,
      failed: result.failed + failures.length,
      stoppedAt: failures.find(({ error }) => error.retriable),
    };
    handlers.onProgress(result.appended);
    if (result.stoppedAt !== undefined) break;
  }
  return result;
}

interface NumberedLine {
  readonly line: number;
  readonly text: string;
}

/** Lines that are not empty, several at a time. */
async function* grouped(lines: AsyncIterable<string>): AsyncGenerator<readonly NumberedLine[]> {
  let group: NumberedLine[] = [];
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== "") group.push({ line, text });
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function appendGroup(
  group: readonly NumberedLine[],
  handlers: LineHandlers,
): Promise<{ readonly appended: number; readonly failures: readonly FailedLine[] }> {
  const results = await Promise.all(group.map(async (line) => await appendLine(line, handlers)));
  const failures = results.filter((result) => result !== undefined);
  return { appended: group.length - failures.length, failures };
}

async function appendLine({ line, text }: NumberedLine, handlers: LineHandlers): Promise<FailedLine | undefined> {
  try {
    await handlers.append(text);
    return undefined;
  } catch (error) {
    if (isEventQLError(error)) return { line, error };
    throw error;
  }
}
