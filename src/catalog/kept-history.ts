import { durationMs } from "../model/duration.ts";
import type { EventSource } from "./event-sources.ts";
import type { RecordHints } from "./hints.ts";
import type { CatalogProblem } from "./problems.ts";
import type { KeptHistory } from "./types.ts";

const DAY_MS = 86_400_000;

/**
 * How an aggregate keeps the events of its keys: as one of its event types says, and no other says otherwise. Where there
 * are transactions they are kept, for an invalidation folds keys again.
 */
export function keptHistoryOf(sources: readonly EventSource[]): {
  readonly history: KeptHistory | undefined;
  readonly problems: readonly CatalogProblem[];
} {
  const said = sources.flatMap((source) => {
    const history = keptHistory(source.hints.history);
    return history === undefined ? [] : [{ source, history }];
  });
  const needed = sources.some(({ hints }) => hints.transactions === true);
  const history = said[0]?.history ?? (needed ? { ttlMs: undefined } : undefined);
  const withheld = needed ? sources.filter(({ hints }) => hints.history === false) : [];
  const problems = said
    .filter((other) => other.history.ttlMs !== history?.ttlMs)
    .map(({ source: { subject, topic } }) => ({
      subject,
      topic,
      field: undefined,
      problem: "the hint history says otherwise than another event type of the aggregate",
      remedy: "Give the hint history once",
    }));
  return { history, problems: [...problems, ...withheld.map(neededHistory)] };
}

function neededHistory({ subject, topic }: EventSource): CatalogProblem {
  return {
    subject,
    topic,
    field: undefined,
    problem: "the hint history is false, and the aggregate has transactions, which need it",
    remedy: "Remove one of the two hints",
  };
}

function keptHistory(hint: RecordHints["history"]): KeptHistory | undefined {
  if (hint === undefined || hint === false) return undefined;
  if (hint === true) return { ttlMs: undefined };
  return { ttlMs: "ttl" in hint ? durationMs(hint.ttl) : hint.ttlDays * DAY_MS };
}
