import type { ErrorCode } from "../errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";
import type { StoredDocument } from "../read-model/read-model.ts";

/** A projection's place in a topic, and what it keeps by offsets. */
export interface ProjectedTopic {
  /** What its checkpoints are stored by. */
  readonly projection: string;
  readonly topic: string;
  /** Of its documents. */
  readonly collections: readonly string[];
  /** Those of them whose events are kept in a journal. */
  readonly journaled: readonly string[];
}

/** A topic whose events are decided on. */
export interface OwnedTopic {
  readonly topic: string;
  /** Whether the owner of the one partition of commands writes to all partitions of events. */
  readonly transactions: boolean;
}

/** An input that somebody reads by a position that the log keeps. */
export interface OwnerInput {
  /** The owners' name. */
  readonly name: string;
  readonly topic: string;
  /** What its dead letters are stored by. */
  readonly stream: string;
}

/** A projection that writes events, which wait in the outbox until they are published. */
export interface EmittingProjection {
  /** Its name, of all its builds. */
  readonly projection: string;
  readonly topic: string;
  /** The name of the owners that publish. */
  readonly owner: string;
}

/** What has positions that are to be moved. */
export interface Inventory {
  readonly projected: readonly ProjectedTopic[];
  readonly owned: readonly OwnedTopic[];
  /** The name of the owners of commands. */
  readonly processor: string;
  readonly inputs: readonly OwnerInput[];
  readonly emitting: readonly EmittingProjection[];
  /** The topics that streams write to. */
  readonly targets: readonly string[];
}

/** A checkpoint, and where it will stand. */
export interface CheckpointMovement {
  readonly checkpoint: Checkpoint;
  readonly next: number;
  /** The name of the new log. */
  readonly log: string | undefined;
  /** Whose documents and journals go with it; undefined: none do. */
  readonly of: ProjectedTopic | undefined;
  /** What else is stored by the partition's offsets. */
  readonly rekeyed: readonly Rekeyed[];
}

/** A stored document that gets another offset, and with it perhaps another id, or is removed. */
export interface Rekeyed {
  readonly collection: string;
  readonly before: StoredDocument;
  readonly after: StoredDocument | undefined;
}

/** A position that the log keeps for the owners of an input, and where it will stand. */
export interface OwnerMovement extends TopicPartition {
  readonly name: string;
  /** Of a stream: what its dead letters are stored by. */
  readonly stream?: string;
  /** In the old log; undefined: it isn't known. */
  readonly from: number | undefined;
  readonly next: number;
  /** What is stored by the input's offsets. */
  readonly rekeyed: readonly Rekeyed[];
}

/** Why something can't be moved, and what to do. */
export interface MigrationProblem {
  readonly code: ErrorCode;
  /** What it is about: a topic, a partition, or a projection's partition. */
  readonly of: string;
  readonly message: string;
  readonly remedy: string;
}

/** What is to be done; nothing is where there are problems. */
export interface MigrationPlan {
  readonly checkpoints: readonly CheckpointMovement[];
  readonly owners: readonly OwnerMovement[];
  /** Positions that stand where they belong. */
  readonly settled: number;
  /** Whether journals, and what became invalid, are given up where offsets get lower. */
  readonly dropsHistory: boolean;
  readonly problems: readonly MigrationProblem[];
}

/** Whether offsets are lower in the new log: others will have those that are stored. */
export function lowers({ checkpoint, next }: Pick<CheckpointMovement, "checkpoint" | "next">): boolean {
  return next < checkpoint.next;
}

/** A checkpoint where it will stand: of a newer generation, so that who is behind the old one can't commit any more. */
export function movedCheckpoint({ checkpoint, next, log, of }: CheckpointMovement): Checkpoint {
  const { log: _, ...rest } = checkpoint;
  // Of what is no projection of documents nobody compares generations.
  const generation = of === undefined ? checkpoint.generation : checkpoint.generation + 1;
  return { ...rest, next, generation, ...(log !== undefined && { log }) };
}
