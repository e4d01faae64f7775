import type { ConsumeOptions } from "./event-log.ts";

/** The group to join. That of an ephemeral consumer is its alone: the group asked for, and a suffix that nobody else has. */
export function groupOf({ group, ephemeral = false }: ConsumeOptions): string {
  return ephemeral ? `${group}-${crypto.randomUUID()}` : group;
}
