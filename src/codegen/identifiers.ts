import { RESERVED_WORDS } from "./reserved-words.ts";

/** What things are called in the text: no two alike, and the same for the same catalog. */
export interface Identifiers {
  /** Of a type that the catalog names. */
  readonly of: (graphqlName: string) => string;
  /** Of a type that the text adds: as wanted, with `_` appended while something else has that name. */
  readonly added: (wanted: string) => string;
}

/** Gives each name of the catalog to itself; one that TypeScript doesn't allow gets a `_` appended. */
export function identifiersOf(graphqlNames: Iterable<string>): Identifiers {
  const all = [...new Set(graphqlNames)].toSorted();
  const taken = new Set(all);
  const escaped = new Map<string, string>();
  const free = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name) || RESERVED_WORDS.has(name)) name = `${name}_`;
    taken.add(name);
    return name;
  };
  for (const name of all) if (RESERVED_WORDS.has(name)) escaped.set(name, free(name));
  const added = new Map<string, string>();
  return {
    of: (graphqlName) => escaped.get(graphqlName) ?? graphqlName,
    added: (wanted) => {
      const name = added.get(wanted) ?? free(wanted);
      added.set(wanted, name);
      return name;
    },
  };
}
