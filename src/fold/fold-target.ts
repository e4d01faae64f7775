import type { Writer } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import { type Fold, compileFold } from "./compile-fold.ts";
import type { Emit } from "./emit.ts";
import { compileEvolve } from "./evolve.ts";
import { compileProjected } from "./projected-fold.ts";

/** How the events of a writer fold. */
export interface FoldTarget {
  readonly fold: Fold;
  /** Whether it may only change what is there: an absent document is counted. */
  readonly needsDocument: boolean;
  /** Whether it is meant to make the document: an existing one is counted. */
  readonly creates: boolean;
  /** Whether there is never a document behind it. */
  readonly deletes: boolean;
}

/** Compiles how the events of a writer fold into a projection's documents; undefined: they change nothing. */
export function projectedTarget(aggregate: Aggregate, { eventType }: Writer, emit?: Emit): FoldTarget | undefined {
  const fold = aggregate.projected && compileProjected(aggregate, aggregate.projected.projection, { eventType, emit });
  return fold && { fold, needsDocument: false, creates: false, deletes: false };
}

/** Compiles how the events of a writer fold into an aggregate's documents; undefined: they change nothing. */
export function foldTarget(aggregate: Aggregate, writer: Writer): FoldTarget | undefined {
  const evolve = compileEvolve(aggregate, writer.eventType);
  if (evolve !== undefined) return { fold: evolve, needsDocument: false, creates: false, deletes: false };
  const { effect } = writer.eventType;
  if (effect === "ignore") return undefined;
  return {
    fold: compileFold(writer),
    needsDocument: effect === "update" || effect === "delete",
    creates: effect === "create",
    deletes: effect === "delete",
  };
}
