import type { TopicPartition } from "../model/position.ts";
import type { CheckpointMove, CollectionWrites, CommitResult } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { PartitionServices, Session } from "./partition-session.ts";

/** A partition in its owner's hands, while no batch is under way. */
export interface OwnerTurn {
  readonly of: TopicPartition;
  readonly services: PartitionServices;
  /** What is held of the partition: to be kept in step with what is committed. */
  readonly session: Session;
  readonly logger: Logger;
  /** Writes in a transaction on the partition's checkpoint, which stays where it is. `also`: others that move with it. */
  commit(writes: readonly CollectionWrites[], also?: readonly CheckpointMove[]): Promise<CommitResult["status"]>;
}

/** What the owner of a partition does between batches, for those who asked for it. */
export interface BetweenBatches {
  /**
   * Carries out what is asked for of the partition. Called when it was opened, before each batch, and when the projector is
   * woken. Where a commit did not end as `committed`, the caller reads the checkpoint anew and calls again.
   */
  run(turn: OwnerTurn): Promise<"done" | "fenced">;
}
