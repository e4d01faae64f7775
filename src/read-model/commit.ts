import type { Checkpoint } from "../model/checkpoint.ts";
import type { Value } from "../model/value.ts";

/** A stored document: `_id` is the aggregate's key. No field's name has a dot in it or begins with `$`. */
export interface StoredDocument {
  readonly _id: string;
  readonly [field: string]: Value | undefined;
}

/** Writes to one collection. A key stands in at most one of the lists. */
export interface CollectionWrites {
  readonly collection: string;
  /** Documents that don't exist yet. */
  readonly inserts: readonly StoredDocument[];
  /** Documents that exist, whole. */
  readonly replacements: readonly StoredDocument[];
  /** Keys of documents to delete; an absent one is no error. */
  readonly deletions: readonly string[];
}

/** A checkpoint that moves: it must stand at `from` with a generation that is not newer. */
export interface CheckpointMove {
  readonly checkpoint: Checkpoint;
  readonly from: number;
}

/** A batch's effect, applied whole or not at all. */
export interface Commit {
  /** The checkpoint to move, which must stand at `from` with a generation that is not newer than this one's. */
  readonly checkpoint: Checkpoint;
  /** Where the checkpoint must stand; it moves to `checkpoint.next`. */
  readonly from: number;
  /**
   * Others that move with it, under the same condition; one that moves nowhere must only stand where it is said to. None is
   * named twice.
   */
  readonly also?: readonly CheckpointMove[];
  readonly writes: readonly CollectionWrites[];
}

/**
 * How a commit ended. `fenced`: the checkpoint stood elsewhere, or is of a newer generation; `conflict`: an inserted
 * document existed or a replaced one did not. In both, nothing was written.
 */
export type CommitResult = { readonly status: "committed" } | { readonly status: "fenced" | "conflict" };
