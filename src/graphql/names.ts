/** Gives out names, each once. */
export interface Names {
  /** The first of `wanted` that is free, else the last one with as many `_` after it as it takes. */
  take(...wanted: readonly [string, ...string[]]): string;
}

/** Names beside those that are reserved. */
export function namesBeside(reserved: Iterable<string>): Names {
  const taken = new Set(reserved);
  return {
    take(...wanted) {
      const candidates = wanted.map(validName);
      let name = candidates.find((candidate) => !taken.has(candidate)) ?? candidates.at(-1) ?? "_";
      while (taken.has(name)) name = longer(name);
      taken.add(name);
      return name;
    },
  };
}

/** Two `_` at the beginning are GraphQL's own. */
function longer(name: string): string {
  return name === "_" ? "_x" : `${name}_`;
}

/** A text as a name that GraphQL allows: other characters become `_`, and it neither begins with a digit nor with `__`. */
export function validName(text: string): string {
  const name = text.replaceAll(/[^_0-9A-Za-z]/g, "_").replace(/^_{2,}/, "_");
  return /^[_A-Za-z]/.test(name) ? name : `_${name}`;
}

/** `userChanged` → `UserChanged`. */
export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `UserChanged` → `userChanged`. */
export function uncapitalized(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
