import type { StoredDocument } from "../read-model/read-model.ts";
import type { Rekeyed } from "./plan.ts";

/** What is stored of a partition's outputs. */
export interface StoredOutputs {
  /** The outbox's documents. */
  readonly rows: readonly StoredDocument[];
  /** Up to where outputs are published, in the old log. */
  readonly published: number;
  /** Up to where they are decided, in the new log. */
  readonly decided: number;
}

/** The same in the new log, whose positions are others. */
export interface MovedOutputs {
  /** Up to where outputs are published. */
  readonly published: number;
  readonly rekeyed: readonly Rekeyed[];
}

/**
 * Outputs that wait to be published stay in their order, right before the position that they are decided up to: nothing but
 * their order counts, and each chunk comes from an event of its own. What is published goes.
 */
export function movedOutputs(collection: string, { rows, published, decided }: StoredOutputs): MovedOutputs {
  const waiting = rows.filter((row) => nextOf(row) > published);
  const ends = [...new Set(waiting.map(nextOf))].toSorted((a, b) => a - b);
  const places = new Map(ends.map((end, index) => [end, decided - (ends.length - 1 - index)]));
  const moved = rows.map((before): Rekeyed => {
    const next = places.get(nextOf(before));
    if (next === undefined) return { collection, before, after: undefined };
    const _id = before._id.replace(/\d+(?=\/\d+$)/, String(next));
    return { collection, before, after: { ...before, _id, next } };
  });
  return { published: decided - ends.length, rekeyed: moved };
}

function nextOf({ next }: StoredDocument): number {
  return typeof next === "number" ? next : 0;
}
