import { EMPTY_LOCK, type LockedAggregate, type NameLock } from "../catalog/name-lock.ts";
import { lockedAs } from "../catalog/projections/projection-place.ts";
import type { Aggregate, Catalog } from "../catalog/types.ts";
import { type GivenNames, type SettledNames, namesBeside } from "./names.ts";

/** The kinds of names that all aggregates share. */
export const NAME_KINDS = ["types", "queries", "mutations", "subscriptions"] as const;

type NameKind = (typeof NAME_KINDS)[number];

/** The names of a schema in the making. */
export type PlanNames = { readonly [kind in NameKind]: GivenNames } & {
  /** The names of an aggregate's relations that are kept. */
  readonly relations: (aggregate: Aggregate) => LockedAggregate["relations"];
};

const SCALARS = ["Int", "Float", "String", "Boolean", "ID", "Null"].concat([
  "Long",
  "Base64",
  "Decimal",
  "UUID",
  "Date",
  "Time",
  "DateTime",
  "LocalDateTime",
]);
const OWN_TYPES = ["Query", "Mutation", "Subscription", "DocumentMeta", "Wait", "CommandStatus", "SortOrder"].concat([
  "AnyFilter",
  "AnyListFilter",
  "DecimalEqualityFilter",
  "ChangeOperation",
  "Cursor",
  "EventMeta",
  "PageInfo",
  "TimeUnit",
  "DateUnit",
  "TextMode",
  "AsOf",
  "ProjectionStatus",
  "ProjectionBuild",
  "ProjectionBuildState",
  "ProjectionSwap",
  "ProjectionProgress",
  "ProjectionComparison",
  "ProjectionComparisonProgress",
  "ProjectionDifference",
  "ProjectionSide",
  "JSON",
  "DeadLetter",
  "DeadLetterPage",
  "DeadLetterStatus",
  "SettleDeadLetterPayload",
  "RetryDeadLettersPayload",
  "_Any",
  "_Service",
  "_Entity",
  "FieldSet",
]);

/** Names that the API has itself. */
const OURS: Readonly<Record<NameKind, readonly string[]>> = {
  types: [...SCALARS, ...OWN_TYPES, ...SCALARS.flatMap((name) => [`${name}Filter`, `${name}ListFilter`])],
  queries: ["_generation", "_service", "_entities", "projections", "projectionComparison", "deadLetters"],
  mutations: ["rebuildProjection", "swapProjection", "restoreProjection", "discardProjection"].concat([
    "retryDeadLetter",
    "retryDeadLetters",
    "skipDeadLetter",
    "fixDeadLetter",
  ]),
  subscriptions: ["projectionProgress", "projectionComparison"],
};

/** Those that it has besides where a topic is owned. */
const OURS_OF_OWNED: typeof OURS = {
  types: ["ExpectedVersion", "CommandOutcome", "CommandKind", "CommandRejection", "DecidedEvent"].concat([
    "SurfacePage",
    "SurfaceEntry",
  ]),
  queries: ["command", "surface"],
  mutations: [],
  subscriptions: ["commandOutcome"],
};

/** Those that it has besides where a topic has transactions. */
const OURS_OF_TRANSACTIONS: typeof OURS = {
  types: ["TransactionEvent", "TransactionPayload", "InvalidationPayload", "EventInvalidation"],
  queries: [],
  mutations: ["transaction", "invalidateTransaction"],
  subscriptions: [],
};

/** What an API has of its own is kept free of other names only where it has it: it renames nothing elsewhere. */
function oursIn({ aggregates }: Pick<Catalog, "aggregates">): typeof OURS {
  const owned = aggregates.flatMap((aggregate) => aggregate.owned ?? []);
  const all = [
    OURS,
    ...(owned.length > 0 ? [OURS_OF_OWNED] : []),
    ...(owned.some(({ transactions }) => transactions) ? [OURS_OF_TRANSACTIONS] : []),
  ];
  const of = (kind: NameKind): readonly string[] => all.flatMap((ours) => ours[kind]);
  return { types: of("types"), queries: of("queries"), mutations: of("mutations"), subscriptions: of("subscriptions") };
}

/** Who has names: what a lock knows them by. */
export const owners: Readonly<
  Record<"aggregate" | "type" | "nested" | "map" | "list" | "box", (of: string) => string>
> = {
  aggregate: (name) => `aggregate ${name}`,
  /** An event type. */
  type: (name) => `type ${name}`,
  /** A type as values have it. */
  nested: (name) => `nested ${name}`,
  map: (values) => `map of ${values}`,
  list: (items) => `list of ${items}`,
  box: (type) => `box of ${type}`,
};

/**
 * Settles the names of a catalog by its lock. The lock's names come first: `plan` is run once for what it holds alone, and
 * what comes of that is kept when it is run for everything.
 */
export function withLock<T>(catalog: Pick<Catalog, "aggregates" | "lock">, plan: (names: PlanNames) => T): T {
  const { lock } = catalog;
  const ours = oursIn(catalog);
  if (lock === undefined) return plan(namesOf(EMPTY_LOCK, ours, () => ({})));
  const locked = ownersIn(lock);
  const only: SettledNames["only"] = (owner) => locked.has(owner);
  const first = namesOf(lock, ours, (kind) => ({ kept: new Map(Object.entries(lock.exceptions[kind] ?? {})), only }));
  plan(first);
  return plan(namesOf(lock, ours, (kind) => ({ kept: namesIn(first[kind]) })));
}

function namesOf(lock: NameLock, ours: typeof OURS, settled: (kind: NameKind) => SettledNames): PlanNames {
  const of = (kind: NameKind): GivenNames => namesBeside(ours[kind], settled(kind));
  return {
    types: of("types"),
    queries: of("queries"),
    mutations: of("mutations"),
    subscriptions: of("subscriptions"),
    relations: ({ topic, name, projected }) =>
      Object.values(lock.topics[projected === undefined ? topic : lockedAs(name)]?.aggregates ?? {}).find(
        (each) => each.name === name,
      )?.relations ?? {},
  };
}

function namesIn({ given }: GivenNames): ReadonlyMap<string, string> {
  return new Map([...given].map(([key, { name }]) => [key, name]));
}

function ownersIn({ topics, structures }: NameLock): ReadonlySet<string> {
  const locked = new Set(structures);
  for (const { aggregates, types } of Object.values(topics)) {
    for (const { name } of Object.values(aggregates)) locked.add(owners.aggregate(name));
    for (const name of Object.values(types)) locked.add(owners.type(name)).add(owners.nested(name));
  }
  return locked;
}
