/** Gives out names, each once. */
export interface Names {
  /** The first of `wanted` that is free, else the last one with as many `_` after it as it takes. */
  take(...wanted: readonly [string, ...string[]]): string;
  /** Whether the owner can have this name, which GraphQL has to allow. */
  readonly isFree: (name: string) => boolean;
  /** The same names, given to an owner: it has those that are kept for it. */
  of(owner: string): Names;
}

/** Names with all that were given. */
export interface GivenNames extends Names {
  readonly given: ReadonlyMap<string, GivenName>;
}

/** A name that was given. */
interface GivenName {
  readonly owner: string;
  readonly wanted: string;
  readonly name: string;
}

/** What is settled before any name is given. */
export interface SettledNames {
  /** Names that owners have: by {@link nameKey}, or by the owner alone if it has one. */
  readonly kept?: ReadonlyMap<string, string>;
  /** Whose names are taken; all others are told what they want, and take nothing. Default: everyone's. */
  readonly only?: (owner: string) => boolean;
}

/** What a kept name is found by. */
function nameKey(owner: string, wanted: string): string {
  return `${owner}: ${wanted}`;
}

/** Names beside those that are reserved, and those that are kept for others. */
export function namesBeside(reserved: Iterable<string>, { kept = new Map(), only }: SettledNames = {}): GivenNames {
  const taken = new Set(reserved);
  const settled = new Map([...kept].filter(([, name]) => !taken.has(name)));
  for (const name of settled.values()) taken.add(name);
  const given = new Map<string, GivenName>();
  const of = (owner: string): Names => ({
    take(...wanted) {
      const [first] = wanted;
      const key = [nameKey(owner, first), owner].find((each) => settled.has(each) && !given.has(each));
      const candidates = wanted.map(validName);
      const name = settled.get(key ?? "") ?? freeName(candidates, taken);
      if (key === undefined && only?.(owner) === false) return candidates[0] ?? name;
      taken.add(name);
      given.set(key ?? nameKey(owner, first), { owner, wanted: first, name });
      return name;
    },
    isFree: (name) =>
      validName(name) === name &&
      (!taken.has(name) || [nameKey(owner, name), owner].some((key) => settled.get(key) === name && !given.has(key))),
    of,
  });
  return { ...of(""), given };
}

function freeName(candidates: readonly string[], taken: ReadonlySet<string>): string {
  let name = candidates.find((candidate) => !taken.has(candidate)) ?? candidates.at(-1) ?? "_";
  while (taken.has(name)) name = longer(name);
  return name;
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
