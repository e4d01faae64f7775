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
  const state = { appended: 0, failed: 0, stoppedAt: undefined } as Mutable<AppendedLines>;
  let group: NumberedLine[] = [];
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== "") group.push({ line, text });
    if (group.length < GROUP) continue;
    await appendGroup(group, handlers, state);
    if (state.stoppedAt !== undefined) return state;
    group = [];
  }
  await appendGroup(group, handlers, state);
  return state;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface NumberedLine {
  readonly line: number;
  readonly text: string;
}

async function appendGroup(
  group: readonly NumberedLine[],
  { append, onFailed, onProgress }: LineHandlers,
  state: Mutable<AppendedLines>,
): Promise<void> {
  const results = await Promise.allSettled(group.map(async ({ text }) => await append(text)));
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") {
      state.appended += 1;
      continue;
    }
    const error: unknown = result.reason;
    if (!isEventQLError(error)) throw error;
    const failed = { line: group[index]?.line ?? 0, error };
    state.failed += 1;
    if (error.retriable) state.stoppedAt ??= failed;
    onFailed(failed);
  }
  onProgress(state.appended);
}
