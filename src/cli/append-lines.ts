import { isEventQLError } from "../errors.ts";

/** Why a line was not appended. */
export interface LineError {
  /** An error's code, or the reason that a rule gave. */
  readonly code: string;
  readonly message: string;
  /** Whether the same line may be appended later. */
  readonly retriable: boolean;
}

/** A line that was not appended. */
export interface FailedLine {
  /** Counts from 1. */
  readonly line: number;
  readonly error: LineError;
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
  /** Returns why the line was refused, or undefined. @throws EventQLError. */
  append(line: string): Promise<LineError | undefined>;
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
    const error = await handlers.append(text);
    return error === undefined ? undefined : { line, error };
  } catch (error) {
    if (isEventQLError(error)) return { line, error };
    throw error;
  }
}
