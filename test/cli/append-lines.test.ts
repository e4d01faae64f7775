import { expect, it } from "vitest";
import { type FailedLine, appendLines } from "../../src/cli/append-lines.ts";
import { EventQLError } from "../../src/errors.ts";

async function* numbered(count: number): AsyncGenerator<string> {
  await Promise.resolve();
  for (let line = 1; line <= count; line += 1) yield String(line);
}

interface Run {
  readonly result: Awaited<ReturnType<typeof appendLines>>;
  readonly appended: string[];
  readonly failed: FailedLine[];
  readonly progress: number[];
}

async function run(lines: AsyncIterable<string>, append: (line: string) => void = () => {}): Promise<Run> {
  const appended: string[] = [];
  const failed: FailedLine[] = [];
  const progress: number[] = [];
  const result = await appendLines(lines, {
    append: async (line) => {
      append(line);
      appended.push(line);
      await Promise.resolve();
    },
    onFailed: (failure) => failed.push(failure),
    onProgress: (events) => progress.push(events),
  });
  return { result, appended, failed, progress };
}

it("appends every line in order, and tells how far it is", async () => {
  const { result, appended, progress } = await run(numbered(1_234));
  expect(result).toEqual({ appended: 1_234, failed: 0, stoppedAt: undefined });
  expect(appended).toEqual(Array.from({ length: 1_234 }, (_none, index) => String(index + 1)));
  expect(progress).toEqual([500, 1_000, 1_234]);
});

it("leaves bad lines out, with their numbers, and goes on", async () => {
  const lines = (async function* (): AsyncGenerator<string> {
    yield* numbered(2);
    yield " ";
    yield "bad";
    yield* numbered(700);
  })();
  const { result, failed } = await run(lines, (line) => {
    if (line === "bad") throw new EventQLError("EVENT_INVALID", "no");
  });
  expect(result).toEqual({ appended: 702, failed: 1, stoppedAt: undefined });
  expect(failed.map(({ line, error }) => [line, error.code])).toEqual([[4, "EVENT_INVALID"]]);
});

it("stops where the log is away, and tells at which line", async () => {
  const { result, appended } = await run(numbered(5_000), (line) => {
    if (Number(line) > 700) throw new EventQLError("EVENT_LOG_UNAVAILABLE", "away");
  });
  expect(result).toMatchObject({ appended: 700, failed: 300, stoppedAt: { line: 701 } });
  expect(appended).toHaveLength(700);
});

it("passes on what is no error of ours", async () => {
  await expect(
    run(numbered(1), () => {
      throw new RangeError("a fault");
    }),
  ).rejects.toThrow("a fault");
});
