import type { AvroNode, EnumNode, FixedNode, RecordNode } from "./node.ts";

/** A type with a name of its own. */
export type NamedNode = RecordNode | EnumNode | FixedNode;

/** The types that a type is made of. */
export function childrenOf(node: AvroNode): readonly AvroNode[] {
  switch (node.type) {
    case "record":
      return node.fields.map(({ type }) => type);
    case "array":
      return [node.items];
    case "map":
      return [node.values];
    case "union":
      return node.branches;
    default:
      return [];
  }
}

/** All records that a schema has, whatever they stand in. */
export function recordsIn(schema: AvroNode): ReadonlySet<RecordNode> {
  const seen = new Set<AvroNode>();
  const waiting = [schema];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...childrenOf(node));
  }
  return new Set([...seen].filter((node) => node.type === "record"));
}

/** How many named types stand in each other in a row, at most; what leads back to itself counts once. */
export function longestChain(schema: AvroNode): number {
  const lengths = new Map<AvroNode, number>();
  const path: { readonly node: AvroNode; readonly next: AvroNode[] }[] = [];
  const enter = (node: AvroNode): void => {
    lengths.set(node, 0);
    path.push({ node, next: [...childrenOf(node)] });
  };
  enter(schema);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const child = visit.next.pop();
    if (child !== undefined) {
      if (!lengths.has(child)) enter(child);
      continue;
    }
    const below = childrenOf(visit.node).reduce((most, each) => Math.max(most, lengths.get(each) ?? 0), 0);
    lengths.set(visit.node, below + ("name" in visit.node ? 1 : 0));
    path.pop();
  }
  return lengths.get(schema) ?? 0;
}

/** The named types that a type uses directly. */
export function usesOf(node: NamedNode): readonly NamedNode[] {
  const found = new Set<NamedNode>();
  const waiting: AvroNode[] = [...childrenOf(node)];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if ("name" in each) found.add(each);
    else waiting.push(...childrenOf(each));
  }
  return [...found];
}
