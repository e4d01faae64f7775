/** Something that needs a name, with all that the name stands for. */
export interface Named {
  /** Identifies it. */
  readonly key: string;
  /** Of those that want a name the highest rank has it; equals leave it to none of them. */
  readonly rank: number;
  /** Makes the wanted name, then ever more qualified ones; the last one should be like no other. */
  readonly candidates: Candidates;
  /** The name that it has whatever the others want. */
  readonly pinned?: string | undefined;
  /** All names that are taken with a name, in whatever spaces there are: `type User`, `query users`. */
  readonly claims: (name: string) => readonly string[];
}

/** Names are made when they are needed: most never get beyond the first. */
export type Candidates = readonly (() => string)[];

/** The names that were given, and the keys of those that none was left for: they have their last candidate. */
export interface GivenNames {
  readonly names: ReadonlyMap<string, string>;
  readonly clashing: ReadonlySet<string>;
}

/**
 * Gives each its first candidate that clashes with none of a higher rank, and with none of its own: where two want one
 * name, both are qualified. The outcome depends on who wants what, never on an order. Pinned names are given first.
 */
export function giveNames(all: readonly Named[], reserved: ReadonlySet<string>): GivenNames {
  const levels = new Map(all.map(({ key }) => [key, 0]));
  const nameOf = ({ key, candidates, pinned }: Named): string => pinned ?? candidates[levels.get(key) ?? 0]?.() ?? "";
  for (;;) {
    const losers = losersOf(all, nameOf, reserved);
    const movable = losers.filter(({ key, candidates }) => (levels.get(key) ?? 0) < candidates.length - 1);
    if (movable.length === 0) {
      return {
        names: new Map(all.map((named) => [named.key, nameOf(named)])),
        clashing: new Set(losers.map(({ key }) => key)),
      };
    }
    for (const { key } of movable) levels.set(key, (levels.get(key) ?? 0) + 1);
  }
}

function losersOf(
  all: readonly Named[],
  nameOf: (named: Named) => string,
  reserved: ReadonlySet<string>,
): readonly Named[] {
  const holders = new Map<string, Named[]>();
  for (const named of all) {
    for (const claim of new Set(named.claims(nameOf(named)))) {
      const others = holders.get(claim) ?? [];
      others.push(named);
      holders.set(claim, others);
    }
  }
  const losers = new Set<Named>();
  for (const [claim, holding] of holders) {
    const free = holding.filter(({ pinned }) => pinned === undefined);
    const top = Math.max(...free.map(({ rank }) => rank));
    const shared = free.filter(({ rank }) => rank === top).length > 1;
    const isTaken = reserved.has(claim) || free.length < holding.length;
    for (const named of free) if (isTaken || named.rank < top || shared) losers.add(named);
  }
  return [...losers];
}
