import { createHash } from "node:crypto";
import { type NamedNode, usesOf } from "./children.ts";
import { emitAlone } from "./emit.ts";

const keys = new WeakMap<NamedNode, string>();

/**
 * A text that is equal for equal types, whatever their docs: those of one name whose definitions, and all definitions that
 * these lead to, are equal. It is made for all types of a schema together, in time that grows with the schema's size.
 */
export function definitionKey(node: NamedNode): string {
  if (!keys.has(node)) hashRings(node);
  return keys.get(node) ?? "";
}

/** A type whose definition is being followed. */
interface Visit {
  readonly node: NamedNode;
  readonly index: number;
  /** The lowest index of a type on the path that it leads back to. */
  low: number;
  readonly next: NamedNode[];
  readonly uses: readonly NamedNode[];
}

/**
 * Finds the rings of types that use each other, each after those that it uses (R. Tarjan, "Depth-first search and linear
 * graph algorithms", 1972), and hashes each with the keys of what it uses.
 */
function hashRings(root: NamedNode): void {
  const visits = new Map<NamedNode, Visit>();
  const open: Visit[] = [];
  const path: Visit[] = [];
  const enter = (node: NamedNode): void => {
    const uses = usesOf(node);
    const visit = { node, index: visits.size, low: visits.size, next: [...uses], uses };
    visits.set(node, visit);
    open.push(visit);
    path.push(visit);
  };
  enter(root);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const used = visit.next.pop();
    if (used === undefined) {
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) above.low = Math.min(above.low, visit.low);
      if (visit.low === visit.index) hashRing(open.splice(open.lastIndexOf(visit)));
    } else if (!keys.has(used)) {
      const seen = visits.get(used);
      if (seen === undefined) enter(used);
      else visit.low = Math.min(visit.low, seen.index);
    }
  }
}

function hashRing(ring: readonly Visit[]): void {
  const own = new Set(ring.map(({ node }) => node));
  const used = new Set(ring.flatMap(({ uses }) => uses).filter((node) => !own.has(node)));
  const parts = [ring.map(textOf), [...used].map((node) => keys.get(node) ?? "")];
  const hash = createHash("sha256").update(JSON.stringify(parts.map((texts) => texts.toSorted())));
  const digest = hash.digest("base64url");
  for (const { node } of ring) keys.set(node, `${node.name} ${digest}`);
}

function textOf({ node, uses }: Visit): string {
  const others = uses.filter((used) => used !== node).map(({ name }) => name);
  return JSON.stringify(emitAlone(node, others));
}
