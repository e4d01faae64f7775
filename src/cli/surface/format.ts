import type { Difference } from "./compare-surfaces.ts";
import type { SurfaceEntry } from "./read-surface.ts";
import type { OtherEntry } from "./surface-lines.ts";

/** A key as a line: JSON that a comparison reads, or a text for people. */
export function formatEntry(entry: SurfaceEntry, asJson: boolean): string {
  return asJson ? `${JSON.stringify(jsonOf(entry))}\n` : `${entry.id}  ${entry.type}  ${textOf(entry)}\n`;
}

/** A difference as a line. */
export function formatDifference(difference: Difference, asJson: boolean): string {
  const here = "here" in difference ? difference.here : undefined;
  const there = "there" in difference ? difference.there : undefined;
  const id = here?.id ?? there?.id ?? "";
  if (asJson) {
    const other = there && { version: there.version, hash: there.hash };
    const sides = { here: here && sideOf(here), there: other };
    return `${JSON.stringify({ id, difference: difference.kind, ...sides })}\n`;
  }
  const sides = [here && `here ${textOf(here)}`, there && `there ${textOf(there)}`].filter(
    (side) => side !== undefined,
  );
  return `${id}  ${difference.kind}: ${sides.join(", ")}\n`;
}

function jsonOf({ id, ...entry }: SurfaceEntry): object {
  return { id, ...sideOf(entry) };
}

function sideOf({ version, hash, type, updatedAt }: Omit<SurfaceEntry, "id">): object {
  return { version, ...(hash === undefined ? {} : { hash }), type, updatedAt: updatedAt.toISOString() };
}

function textOf({ version, hash }: Partial<Pick<OtherEntry | SurfaceEntry, "version" | "hash">>): string {
  const text = hash ?? "(no hash)";
  return version === undefined ? text : `${text} at ${version}`;
}
