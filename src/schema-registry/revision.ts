import { createHash } from "node:crypto";

/** A subject's newest version. */
export interface NewestVersion {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
}

/** The revision of a registry whose subjects have these newest versions, in any order. */
export function revisionOf(newest: readonly NewestVersion[]): string {
  const lines = newest.map(({ subject, version, id }) => JSON.stringify([subject, version, id])).toSorted();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
