import { compareValues } from "../../read-model/query/compare.ts";
import type { SurfaceEntry } from "./read-surface.ts";
import type { OtherEntry } from "./surface-lines.ts";

/** How a key differs. `unknown`: no hash of it is kept here. */
export type Difference =
  | { readonly kind: "missing here"; readonly there: OtherEntry }
  | { readonly kind: "missing there"; readonly here: SurfaceEntry }
  | { readonly kind: "differs" | "unknown"; readonly here: SurfaceEntry; readonly there: OtherEntry };

/** Compares what both have, each in the order of the ids, one of each in memory at a time. */
export async function* compareSorted(
  here: AsyncIterable<SurfaceEntry>,
  there: AsyncIterable<OtherEntry>,
): AsyncGenerator<Difference, void> {
  const others = there[Symbol.asyncIterator]();
  let other = await others.next();
  for await (const entry of here) {
    while (other.done !== true && compareValues(other.value.id, entry.id) < 0) {
      yield { kind: "missing here", there: other.value };
      other = await others.next();
    }
    if (other.done !== true && other.value.id === entry.id) {
      yield* differenceOf(entry, other.value);
      other = await others.next();
    } else yield { kind: "missing there", here: entry };
  }
  for (; other.done !== true; other = await others.next()) yield { kind: "missing here", there: other.value };
}

/** Compares what both have, where the other side has no order. `there` is emptied. */
export async function* compareUnsorted(
  here: AsyncIterable<SurfaceEntry>,
  there: Map<string, OtherEntry>,
): AsyncGenerator<Difference, void> {
  for await (const entry of here) {
    const other = there.get(entry.id);
    if (other === undefined) yield { kind: "missing there", here: entry };
    else yield* differenceOf(entry, other);
    there.delete(entry.id);
  }
  for (const other of there.values()) yield { kind: "missing here", there: other };
}

function* differenceOf(here: SurfaceEntry, there: OtherEntry): Generator<Difference, void> {
  const isOther = there.version !== undefined && there.version !== here.version;
  if (isOther || (here.hash !== undefined && here.hash !== there.hash)) yield { kind: "differs", here, there };
  else if (here.hash === undefined) yield { kind: "unknown", here, there };
}
