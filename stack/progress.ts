/** Takes a line that tells a person what goes on. */
export type Report = (line: string) => void;

/** Runs something long, with a line before it and a line with the seconds that it took. */
export async function timed<T>(report: Report, what: string, run: () => Promise<T>, ended = "done"): Promise<T> {
  const from = performance.now();
  report(`${what} …`);
  const result = await run();
  report(`${what}: ${ended} in ${secondsSince(from)} s`);
  return result;
}

/** Seconds with one decimal since a `performance.now()`. */
function secondsSince(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1);
}
