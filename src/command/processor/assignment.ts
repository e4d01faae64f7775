import { createHash } from "node:crypto";
import { type TopicPartition, partitionId } from "../../model/position.ts";

/**
 * Which member has each partition, by `topic/partition`: rendezvous (highest random weight) hashing, where nobody has
 * more than a fair share. Everybody who knows the same members comes to the same, and few partitions move when one comes
 * or goes.
 */
export function shareOut(
  partitions: readonly TopicPartition[],
  members: readonly string[],
): ReadonlyMap<string, string> {
  const most = Math.ceil(partitions.length / Math.max(1, members.length));
  const counts = new Map<string, number>();
  const shared = new Map<string, string>();
  for (const id of partitions.map(partitionId).sort()) {
    const open = members.filter((member) => (counts.get(member) ?? 0) < most);
    const chosen = heaviest(open, id);
    if (chosen === undefined) continue;
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    shared.set(id, chosen);
  }
  return shared;
}

function heaviest(members: readonly string[], id: string): string | undefined {
  const weighed = members.map((member) => ({ member, weight: weightOf(member, id) }));
  return weighed.toSorted((a, b) => (a.weight < b.weight ? 1 : -1))[0]?.member;
}

function weightOf(member: string, id: string): string {
  return createHash("sha256").update(member).update("\0").update(id).digest("hex");
}
