/** Records handled in one turn of the event loop: the process stays responsive while many are read. */
const RECORDS_A_TURN = 256;

/** Resolves in a later turn of the event loop: whatever was waiting to run has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Splits records into what is handled in one turn each. */
export function* turnsOf<T>(records: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < records.length; at += RECORDS_A_TURN) yield records.slice(at, at + RECORDS_A_TURN);
}
