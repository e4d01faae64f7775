import type { SchemaReference, SchemaText } from "../schema-registry.ts";

/** What a schema's references lead to. */
export interface Dependencies {
  /** The texts, each after those that it refers to itself, none twice. */
  readonly texts: readonly string[];
  /** References to what doesn't exist. */
  readonly missing: readonly SchemaReference[];
}

/** Names a version of a subject, for maps. */
export function referenceKey({ subject, version }: Pick<SchemaReference, "subject" | "version">): string {
  return JSON.stringify([subject, version]);
}

/** Follows references, and theirs, to the end. */
export function collectDependencies(
  references: readonly SchemaReference[],
  lookUp: (reference: SchemaReference) => SchemaText | undefined,
): Dependencies {
  const texts: string[] = [];
  const missing: SchemaReference[] = [];
  const visited = new Set<string>();
  const follow = (reference: SchemaReference): void => {
    if (visited.has(referenceKey(reference))) return;
    visited.add(referenceKey(reference));
    const found = lookUp(reference);
    if (found === undefined) return void missing.push(reference);
    found.references.forEach(follow);
    texts.push(found.schema);
  };
  references.forEach(follow);
  return { texts, missing };
}
