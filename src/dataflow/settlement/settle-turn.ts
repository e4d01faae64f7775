import type { TopicPartition } from "../../model/position.ts";
import type { Stream } from "../../model/stream.ts";
import type { CheckpointMove, CollectionWrites } from "../../read-model/read-model.ts";
import type { PendingRequest } from "../../read-model/settlement/requests.ts";
import type { PartyEnds } from "../outside-party.ts";
import type { StreamServices } from "../stream-services.ts";
import type { StreamSession } from "../stream-session.ts";
import type { TargetTopics } from "../target-topics.ts";

/** A partition of a stream in its owner's hands, while no batch is under way. */
export interface SettleTurn {
  readonly services: StreamServices;
  readonly stream: Stream;
  readonly of: TopicPartition;
  readonly session: StreamSession;
  /** How far it is stored that the partition was taken. */
  readonly position: number;
  readonly targets: TargetTopics;
  readonly ends: PartyEnds;
}

/** What is asked for, in the hands of a partition's owner. */
export interface AskedTurn extends SettleTurn {
  readonly request: PendingRequest;
}

/** Writes in a transaction that a process which has lost the partition can't commit. False: it has. */
export async function commitTurn(
  { services, session }: SettleTurn,
  writes: readonly CollectionWrites[],
  also: readonly CheckpointMove[] = [],
): Promise<boolean> {
  const { checkpoint } = session.stored;
  const present = writes.filter(
    ({ inserts, replacements, deletions }) => inserts.length + replacements.length + deletions.length > 0,
  );
  const commit = { checkpoint, from: checkpoint.next, also, writes: present };
  return (await services.readModel.commit(commit)).status === "committed";
}
