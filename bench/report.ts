/** One case's outcome: ours and each peer's, in the same unit. */
export interface CaseResult {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly peers: Readonly<Record<string, number>>;
  /** Ours by theirs: medians of the ratios of each round. */
  readonly ratio: Readonly<Record<string, number>>;
}

/** The middle one of some figures; the mean of the two middle ones where their count is even. */
function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** Interleaved rounds, each our figure and every peer's, as one result. */
export function summarize(
  name: string,
  unit: string,
  ours: readonly number[],
  peers: Readonly<Record<string, readonly number[]>>,
): CaseResult {
  const entries = Object.entries(peers);
  const ratios = (theirs: readonly number[]): number =>
    median(ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN)));
  return {
    name,
    unit,
    value: Math.round(median(ours)),
    peers: Object.fromEntries(entries.map(([peer, figures]) => [peer, Math.round(median(figures))])),
    ratio: Object.fromEntries(entries.map(([peer, figures]) => [peer, Number(ratios(figures).toFixed(2))])),
  };
}

/** Prints results: a table for people, or a line of JSON a case. */
export function printResults(results: readonly CaseResult[], json: boolean): void {
  if (json) {
    for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  console.table(
    results.map(({ name, unit, value, peers, ratio }) => ({
      case: name,
      unit,
      eventql: value,
      ...peers,
      ...Object.fromEntries(Object.entries(ratio).map(([peer, figure]) => [`eventql / ${peer}`, figure])),
    })),
  );
}
