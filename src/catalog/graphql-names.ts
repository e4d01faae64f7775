import type { AggregatePlan } from "./aggregate-plans.ts";
import type { EventSource } from "./event-sources.ts";
import { EMPTY_LOCK, type NameLock, UNNAMED } from "./name-lock.ts";
import { aggregateNameOf, hashedName, legalName, pluralOf, spelledName, toCamelCase, toPascalCase } from "./names.ts";
import {
  type PinnedRequest,
  type PinnedTypes,
  contradictedByHints,
  pinTypes,
  pinnedAggregate,
  pinsOf,
} from "./pinned-names.ts";
import type { CatalogProblem } from "./problems.ts";
import { problemAt } from "./projections/projection-place.ts";
import { type Named, giveNames } from "./unique-names.ts";
import { type TypeRequest, createTypeBuilder, eventTypeKey } from "./value-types.ts";

/** The names of an aggregate. */
interface AggregateNames {
  readonly name: string;
  readonly singular: string;
  readonly plural: string;
}

/** The names in GraphQL of everything in the catalog. */
export interface CatalogNames {
  readonly aggregate: (plan: AggregatePlan) => AggregateNames;
  /** Of a type, by its request's key. */
  readonly type: (key: string) => string;
  readonly problems: readonly CatalogProblem[];
}

/** Names that GraphQL, or the API itself, has already. */
const RESERVED: ReadonlySet<string> = new Set(
  [
    ["Query", "Mutation", "Subscription", "Int", "Float", "String", "Boolean", "ID"],
    ["Long", "Base64", "Decimal", "UUID", "Date", "Time", "DateTime", "LocalDateTime", "Null"],
    ["DocumentMeta", "PageInfo", "Cursor", "Receipt", "Wait", "CommandStatus", "SortOrder"],
  ].flatMap((names) => names.map((name) => `type ${name}`)),
);

/** What the names of types made for an aggregate end with. */
const AGGREGATE_TYPES = ["", "Where", "OrderBy", "Column", "Connection", "Edge", "Group", "Having", "Event", "Change"];

/** What the names of types made for an event type end with. */
const EVENT_TYPES = ["", "Input", "Payload"];

/**
 * Hinted names stand above what follows from topics, then event types, then the types within them. Commands and states
 * stand below all that, projections in code below these: they never rename what is there without them.
 */
const AGGREGATE_RANK = { hinted: 8, own: 6, projected: 0 } as const;
const EVENT_RANK: TypeRanks = { hinted: 7, own: 5, nested: 4 };
const COMMAND_RANK: TypeRanks = { hinted: 3, own: 2, nested: 1 };

/** The ranks of records that a hint names, of others, and of the types within them. */
interface TypeRanks {
  readonly hinted: number;
  readonly own: number;
  readonly nested: number;
}

/**
 * Names everything, so that no two things share a name whatever the order in which they were registered. What the lock has
 * a name for keeps it, and names that it has for what isn't there stay free.
 */
export function nameCatalog(
  plans: readonly AggregatePlan[],
  commands: readonly EventSource[],
  lock: NameLock = EMPTY_LOCK,
): CatalogNames {
  const sources = plans.flatMap((plan) => plan.sources);
  const states = plans.flatMap(({ state }) => state ?? []);
  const types = typeRequests(sources, lock);
  const known = new Set(types.map(({ key }) => key));
  // A projection's record stands for its columns only: nobody sees it.
  for (const { state, projection } of plans) if (state && projection) known.add(eventTypeKey(state));
  const ofCommands = typeRequests([...commands, ...states], lock).filter(({ key }) => !known.has(key));
  const pinned = pinTypes(lock, [...types, ...ofCommands]);
  const hinted = new Set(
    [...sources, ...commands].filter(({ hints }) => hints.name !== undefined).map((source) => eventTypeKey(source)),
  );
  const named = [
    ...plans.map((plan) => namedAggregate(plan, lock)),
    ...types.map((request) => namedType(request, hinted.has(request.key), EVENT_RANK, pinned.names.get(request.key))),
    ...ofCommands.map((request) =>
      namedType(request, hinted.has(request.key), COMMAND_RANK, pinned.names.get(request.key)),
    ),
  ];
  const { names, clashing } = giveNames(named, new Set([...RESERVED, ...unusedClaims(plans, pinned, lock)]));
  const ofAggregate = (plan: AggregatePlan): AggregateNames =>
    namesOf(names.get(`aggregate ${plan.key}`) ?? "", pinnedAggregate(lock, plan) ?? plan);
  return {
    aggregate: ofAggregate,
    type: (key) => names.get(key) ?? "",
    problems: [
      ...contradictedByHints(lock, plans, [...sources, ...commands]),
      ...plans
        .filter(({ key }) => clashing.has(`aggregate ${key}`))
        .map((plan) => aggregateClash(plan, ofAggregate(plan))),
      ...sources.filter((source) => clashing.has(eventTypeKey(source))).map(typeClash("event type")),
      ...commands.filter((source) => clashing.has(eventTypeKey(source))).map(typeClash("command")),
    ],
  };
}

function namesOf(name: string, { plural }: Pick<AggregatePlan, "plural">): AggregateNames {
  const singular = toCamelCase(name);
  return { name, singular, plural: plural ?? pluralOf(singular) };
}

function namedAggregate(plan: AggregatePlan, lock: NameLock): Named {
  const { topic, name, key } = plan;
  const pinned = pinnedAggregate(lock, plan);
  return {
    key: `aggregate ${key}`,
    rank: AGGREGATE_RANK[plan.projection !== undefined ? "projected" : name === undefined ? "own" : "hinted"],
    candidates:
      name === undefined
        ? [aggregateNameOf, (of: string) => legalName(toPascalCase(of)), spelledName, hashedName].map(
            (make) => () => make(topic),
          )
        : [() => name],
    pinned: pinned?.name,
    claims: (candidate) => aggregateClaims(namesOf(candidate, pinned ?? plan)),
  };
}

function aggregateClaims({ name, singular, plural }: AggregateNames): readonly string[] {
  return [
    ...AGGREGATE_TYPES.map((suffix) => `type ${name}${suffix}`),
    ...[singular, plural, `${plural}Connection`, `${plural}Aggregate`, `${singular}Events`].map(queryClaim),
    `collection ${plural.toLowerCase()}`,
  ];
}

function queryClaim(field: string): string {
  return `query ${field}`;
}

/** Each type once, whoever uses it: asked for by several topics, it is qualified by the first one of the alphabet. */
function typeRequests(sources: readonly EventSource[], lock: NameLock): readonly PinnedRequest[] {
  const requests = new Map<string, PinnedRequest>();
  const collect = (request: TypeRequest): string => {
    const known = requests.get(request.key);
    const isFirst = known === undefined || request.order < known.order;
    const pins = [...(known?.pins ?? []), ...pinsOf(lock, request)];
    const inEvent = known?.inEvent === true || request.inEvent === true;
    requests.set(request.key, { ...(isFirst ? request : known), inEvent, pins });
    return "";
  };
  // A builder asks once for what its sources share: those of one subject may, and asking each would take its square.
  for (const ofSubject of Map.groupBy(sources, ({ subject }) => subject).values()) {
    const builder = createTypeBuilder(collect);
    for (const source of ofSubject) builder.eventRecord(source);
  }
  return [...requests.values()];
}

function namedType(request: PinnedRequest, hinted: boolean, ranks: TypeRanks, pinned: string | undefined): Named {
  const { key, event, inEvent, candidates } = request;
  // What stands in an event type goes before its like in the same record elsewhere.
  const nested = inEvent === true ? ranks.nested + 0.5 : ranks.nested;
  const rank = hinted ? ranks.hinted : event ? ranks.own : nested;
  return { key, rank, candidates, pinned, claims: (name) => typeClaims(name, event) };
}

function typeClaims(name: string, event: boolean): readonly string[] {
  if (!event) return [`type ${name}`, `type ${name}Input`];
  return [...EVENT_TYPES.map((suffix) => `type ${name}${suffix}`), `mutation ${toCamelCase(name)}`];
}

/** What the lock keeps for what isn't there: it may come back. */
function unusedClaims(
  plans: readonly AggregatePlan[],
  { unused }: PinnedTypes,
  { topics }: NameLock,
): readonly string[] {
  const present = new Set(plans.map((plan) => `${plan.topic}/${plan.name ?? UNNAMED}`));
  const aggregates = Object.entries(topics).flatMap(([topic, each]) =>
    Object.entries(each.aggregates).flatMap(([key, kept]) => (present.has(`${topic}/${key}`) ? [] : kept)),
  );
  return [
    ...aggregates.flatMap((kept) => aggregateClaims(namesOf(kept.name, kept))),
    ...unused.flatMap(({ name, event }) => typeClaims(name, event)),
  ];
}

function aggregateClash(
  { sources, topic, projection }: AggregatePlan,
  { name, plural }: AggregateNames,
): CatalogProblem {
  if (projection !== undefined) {
    const problem = `its name ${name}, or its plural ${plural}, is taken in GraphQL`;
    return problemAt(projection)(undefined, { problem, remedy: "Give it another name or plural" });
  }
  return {
    subject: sources[0]?.subject ?? "",
    topic,
    field: undefined,
    problem: `the aggregate's name ${name}, or its plural ${plural}, is taken in GraphQL`,
    remedy: 'Give another one by the hint "aggregate" or "plural"',
  };
}

function typeClash(what: string): (source: EventSource) => CatalogProblem {
  return ({ subject, topic, hints, record }) => ({
    subject,
    topic,
    field: undefined,
    problem: `the ${what}'s name ${hints.name ?? record.name} is taken in GraphQL`,
    remedy: 'Give another one by the hint "name"',
  });
}
