import type { AggregatePlan } from "./aggregate-plans.ts";
import type { EventSource } from "./event-sources.ts";
import { aggregateNameOf, hashedName, legalName, pluralOf, spelledName, toCamelCase, toPascalCase } from "./names.ts";
import type { CatalogProblem } from "./problems.ts";
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
 * Hinted names stand above what follows from topics, then event types, then the types within them. Commands stand below
 * all that: they never rename what is there without them.
 */
const AGGREGATE_RANK = { hinted: 8, own: 6 } as const;
const EVENT_RANK: TypeRanks = { hinted: 7, own: 5, nested: 4 };
const COMMAND_RANK: TypeRanks = { hinted: 3, own: 2, nested: 1 };

/** The ranks of records that a hint names, of others, and of the types within them. */
interface TypeRanks {
  readonly hinted: number;
  readonly own: number;
  readonly nested: number;
}

/** Names everything, so that no two things share a name whatever the order in which they were registered. */
export function nameCatalog(plans: readonly AggregatePlan[], commands: readonly EventSource[]): CatalogNames {
  const sources = plans.flatMap((plan) => plan.sources);
  const types = namedTypes(sources, EVENT_RANK);
  const known = new Set(types.map(({ key }) => key));
  const ofCommands = namedTypes(commands, COMMAND_RANK).filter(({ key }) => !known.has(key));
  const { names, clashing } = giveNames([...plans.map(namedAggregate), ...types, ...ofCommands], RESERVED);
  const ofAggregate = (plan: AggregatePlan): AggregateNames => {
    const name = names.get(`aggregate ${plan.key}`) ?? "";
    return namesOf(name, plan);
  };
  return {
    aggregate: ofAggregate,
    type: (key) => names.get(key) ?? "",
    problems: [
      ...plans
        .filter(({ key }) => clashing.has(`aggregate ${key}`))
        .map((plan) => aggregateClash(plan, ofAggregate(plan))),
      ...sources.filter((source) => clashing.has(eventTypeKey(source))).map(typeClash("event type")),
      ...commands.filter((source) => clashing.has(eventTypeKey(source))).map(typeClash("command")),
    ],
  };
}

function namesOf(name: string, { plural }: AggregatePlan): AggregateNames {
  const singular = toCamelCase(name);
  return { name, singular, plural: plural ?? pluralOf(singular) };
}

function namedAggregate(plan: AggregatePlan): Named {
  const { topic, name, key } = plan;
  return {
    key: `aggregate ${key}`,
    rank: name === undefined ? AGGREGATE_RANK.own : AGGREGATE_RANK.hinted,
    candidates:
      name === undefined
        ? [aggregateNameOf(topic), legalName(toPascalCase(topic)), spelledName(topic), hashedName(topic)]
        : [name],
    claims: (candidate) => {
      const { singular, plural } = namesOf(candidate, plan);
      return [
        ...AGGREGATE_TYPES.map((suffix) => `type ${candidate}${suffix}`),
        ...[singular, plural, `${plural}Connection`, `${plural}Aggregate`, `${singular}Events`].map(queryClaim),
        `collection ${plural.toLowerCase()}`,
      ];
    },
  };
}

function queryClaim(field: string): string {
  return `query ${field}`;
}

/** Each type once, whoever uses it: asked for by several topics, it is qualified by the first one of the alphabet. */
function namedTypes(sources: readonly EventSource[], ranks: TypeRanks): readonly Named[] {
  const requests = new Map<string, TypeRequest>();
  const hinted = new Set<string>();
  for (const source of sources) {
    if (source.hints.name !== undefined) hinted.add(eventTypeKey(source));
    const collect = (request: TypeRequest): string => {
      const known = requests.get(request.key);
      if (known === undefined || (request.candidates.at(-1) ?? "") < (known.candidates.at(-1) ?? ""))
        requests.set(request.key, request);
      return "";
    };
    createTypeBuilder(collect).eventRecord(source);
  }
  return [...requests.values()].map((request) => namedType(request, hinted.has(request.key), ranks));
}

function namedType({ key, event, candidates }: TypeRequest, hinted: boolean, ranks: TypeRanks): Named {
  if (!event) {
    const claims = (name: string): readonly string[] => [`type ${name}`, `type ${name}Input`];
    return { key, rank: ranks.nested, candidates, claims };
  }
  return {
    key,
    rank: hinted ? ranks.hinted : ranks.own,
    candidates,
    claims: (name) => [...EVENT_TYPES.map((suffix) => `type ${name}${suffix}`), `mutation ${toCamelCase(name)}`],
  };
}

function aggregateClash({ sources, topic }: AggregatePlan, { name, plural }: AggregateNames): CatalogProblem {
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
