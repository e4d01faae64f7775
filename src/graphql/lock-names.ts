import { ANY, EMPTY_LOCK, type LockedTopic, type NameLock, UNNAMED, nestedPlace } from "../catalog/name-lock.ts";
import type { Aggregate, Catalog, EventType, RecordType, UnionBranch, ValueType } from "../catalog/types.ts";
import { ownOf } from "../catalog/own-of.ts";
import { lockedAs } from "../catalog/projections/projection-place.ts";
import { memoized } from "./memo.ts";
import { type AggregatePlan, type SchemaPlan, planSchema } from "./plan.ts";
import { NAME_KINDS, owners } from "./plan-names.ts";
import { relationKey } from "./plan-relations.ts";

/** What to keep of the catalog's present lock. */
export interface LockOptions {
  /** Whether names go that nothing has any more. */
  readonly prune?: boolean;
}

/** The lock of all names of a catalog, those of its present lock included. */
export function lockNames(catalog: Catalog, { prune = false }: LockOptions = {}): NameLock {
  const before = prune ? EMPTY_LOCK : (catalog.lock ?? EMPTY_LOCK);
  const plan = planSchema(catalog);
  const now = topicsOf(catalog, plan);
  const owned = new Set(Object.values(now).flatMap(({ types }) => Object.values(types)));
  const topics = { ...before.topics };
  for (const [topic, { aggregates, types }] of Object.entries(now)) {
    const old = ownOf(before.topics, topic) ?? { aggregates: {}, types: {} };
    // A renamed type stands under its new name only.
    const gone = Object.entries(old.types).filter(([place, name]) => !Object.hasOwn(types, place) && !owned.has(name));
    topics[topic] = {
      aggregates: { ...old.aggregates, ...withOldRelations(aggregates, old.aggregates) },
      types: { ...Object.fromEntries(gone), ...types },
    };
  }
  const structures = new Set([...before.structures, ...structuresIn(plan)]);
  return { version: 1, topics, structures: [...structures], exceptions: exceptionsIn(plan, before) };
}

function topicsOf(catalog: Catalog, plan: SchemaPlan): Readonly<Record<string, LockedTopic>> {
  const topics = new Map<string, Found>();
  const of = (topic: string): Found => memoized(topics, topic, () => ({ aggregates: {}, events: [] }));
  for (const { aggregate, relations } of plan.aggregates) {
    const { name, plural, eventTypes, projected } = aggregate;
    const topic = projected === undefined ? aggregate.topic : lockedAs(name);
    of(topic).aggregates[keyOf(aggregate)] = { name, plural, relations: namesOf(relations) };
    of(topic).events.push(...eventTypes, ...stateOf(aggregate));
  }
  for (const command of catalog.commands) of(`${command.topic}.commands`).events.push(command);
  return Object.fromEntries(
    [...topics].map(([topic, { aggregates, events }]) => [topic, { aggregates, types: typesOf(events) }]),
  );
}

type Types = Record<string, string>;

/** What a topic has. */
interface Found {
  readonly aggregates: Record<string, LockedTopic["aggregates"][string]>;
  readonly events: NamedRecord[];
}

/** A record on a topic, with its name in GraphQL. */
type NamedRecord = Pick<EventType, "fullName" | "name" | "record">;

/** Only what is within it is seen, in columns. The record of a projection's columns has no name. */
function stateOf({ state }: Aggregate): readonly NamedRecord[] {
  if (state === undefined) return [];
  const { fullName, graphqlName: name } = state.record;
  return [{ fullName, name, record: state.record }];
}

function namesOf(relations: AggregatePlan["relations"]): Types {
  return Object.fromEntries(relations.map((relation) => [relationKey(relation), relation.name]));
}

function withOldRelations(
  aggregates: LockedTopic["aggregates"],
  before: LockedTopic["aggregates"],
): LockedTopic["aggregates"] {
  return Object.fromEntries(
    Object.entries(aggregates).map(([key, each]) => [
      key,
      { ...each, relations: { ...before[key]?.relations, ...each.relations } },
    ]),
  );
}

/** The hint that names the aggregate, if one does. */
function keyOf({ isHinted = false, name }: Aggregate): string {
  return isHinted ? name : UNNAMED;
}

/** The names of a topic's types: those within event types once where they are the same in most of these. */
function typesOf(events: readonly NamedRecord[]): Types {
  const types: Types = {};
  const within = new Map<string, { readonly event: string; readonly name: string }[]>();
  const own = new Set<ValueType>(events.map(({ record }) => record));
  for (const { fullName: event, name, record } of events) {
    if (name !== "") types[event] = name;
    for (const [type, name] of typesIn(record, own)) within.set(type, [...(within.get(type) ?? []), { event, name }]);
  }
  for (const [type, uses] of within) {
    const byName = [...Map.groupBy(uses, ({ name }) => name)].sort(
      ([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1),
    );
    for (const [index, [name, ofName]] of byName.entries())
      for (const event of index === 0 ? [ANY] : ofName.map((use) => use.event)) types[nestedPlace(event, type)] = name;
  }
  return types;
}

/** A type in the place where it is used. */
interface Use {
  readonly type: ValueType;
  readonly owner: RecordType;
  readonly path: string;
}

/** The names of all types within a record, by what a lock knows them by; its own come before those further inside. */
function typesIn(record: RecordType, events: ReadonlySet<ValueType>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const seen = new Set<ValueType>([record]);
  const waiting: Use[] = usesIn(record);
  for (const use of waiting) {
    const { type, owner, path } = use;
    if (type.kind === "array") waiting.push({ ...use, type: type.items.type });
    if (type.kind === "map") waiting.push({ ...use, type: type.values.type });
    if ((type.kind !== "record" && type.kind !== "enum" && type.kind !== "union") || seen.has(type)) continue;
    seen.add(type);
    const key = type.kind === "union" ? `${owner.fullName}#${path}` : type.fullName;
    // An event type within another one has its name already.
    if (!names.has(key) && !events.has(type)) names.set(key, type.graphqlName);
    if (type.kind === "record") waiting.push(...usesIn(type));
    if (type.kind === "union") waiting.push(...type.branches.map((branch) => branchUse(branch, use)));
  }
  return names;
}

function usesIn(owner: RecordType): Use[] {
  return owner.fields.map(({ name, type }) => ({ type: type.type, owner, path: name }));
}

function branchUse({ tag, type }: UnionBranch, { owner, path }: Use): Use {
  return { type, owner, path: `${path}.${tag.slice(tag.lastIndexOf(".") + 1)}` };
}

const STRUCTURES = [owners.map(""), owners.list(""), owners.box("")];

function structuresIn({ names }: SchemaPlan): readonly string[] {
  return [...names.types.given.values()]
    .map(({ owner }) => owner)
    .filter((owner) => STRUCTURES.some((kind) => owner.startsWith(kind)));
}

/** Names that are other than wanted. */
function exceptionsIn({ names }: SchemaPlan, before: NameLock): NameLock["exceptions"] {
  const all = NAME_KINDS.map((kind) => {
    const now = [...names[kind].given].filter(([, { wanted, name }]) => wanted !== name);
    return [kind, { ...before.exceptions[kind], ...Object.fromEntries(now.map(([key, { name }]) => [key, name])) }];
  });
  return Object.fromEntries(all.filter(([, kept = {}]) => Object.keys(kept).length > 0));
}
