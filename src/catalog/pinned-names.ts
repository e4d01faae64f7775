import type { AggregatePlan } from "./aggregate-plans.ts";
import type { EventSource } from "./event-sources.ts";
import { ANY, type LockedAggregate, type NameLock, UNNAMED, nestedPlace } from "./name-lock.ts";
import type { CatalogProblem } from "./problems.ts";
import type { TypeRequest } from "./value-types.ts";

/** A name that the lock has for a type in one of the places where it stands. */
interface Pin {
  readonly name: string;
  /** Whether the lock knows the type by the name that it has now. */
  readonly isDirect: boolean;
  readonly place: string;
}

/** A type that needs a name, with the names that the lock has for it. */
export interface PinnedRequest extends TypeRequest {
  readonly pins: readonly Pin[];
}

/** The names of a lock that things have, and those that nothing has any more. */
export interface PinnedTypes {
  /** By the requests' keys. */
  readonly names: ReadonlyMap<string, string>;
  readonly unused: readonly { readonly name: string; readonly event: boolean }[];
}

/** The names that the lock has for an aggregate. */
export function pinnedAggregate({ topics }: NameLock, { topic, name }: AggregatePlan): LockedAggregate | undefined {
  const aggregates = topics[topic]?.aggregates ?? {};
  const key = name ?? UNNAMED;
  return Object.hasOwn(aggregates, key) ? aggregates[key] : undefined;
}

/** The name that the lock has for a type in a place; none, or one. */
export function pinsOf({ topics }: NameLock, { topic, events, within }: TypeRequest): readonly Pin[] {
  const types = topics[topic]?.types;
  if (types === undefined) return [];
  const [event = "", ...formerly] = events;
  const direct = within.length === 0 ? [event] : placesOf(event, within.slice(0, 1));
  const older =
    within.length === 0
      ? formerly
      : [...placesOf(event, within), ...formerly.flatMap((each) => placesOf(each, within))];
  const place = [...direct, ...older, ...placesOf(ANY, within)].find((each) => Object.hasOwn(types, each));
  if (place === undefined) return [];
  const isShared = place === nestedPlace(ANY, within[0] ?? "") && Object.hasOwn(types, event);
  return [
    { name: types[place] ?? "", isDirect: isShared || direct.includes(place), place: `${topic}/${event} ${place}` },
  ];
}

function placesOf(event: string, within: readonly string[]): readonly string[] {
  return within.map((type) => nestedPlace(event, type));
}

/**
 * Gives each pinned name to one type. Where a type has come to differ between the places in which it stands, the one that
 * stands in most of them keeps the name, and the other ones need new names.
 */
export function pinTypes(lock: NameLock, requests: readonly PinnedRequest[]): PinnedTypes {
  const wanted = requests.flatMap(({ key, event, pins }) =>
    [...Map.groupBy(pins, ({ name }) => name)].map(([name, alike]) => claimOf(key, event, name, alike)),
  );
  const names = new Map<string, string>();
  const owned = new Set<string>();
  for (const { key, name } of wanted.sort(byRight)) {
    if (names.has(key) || owned.has(name)) continue;
    names.set(key, name);
    owned.add(name);
  }
  const all = Object.values(lock.topics).flatMap(({ types }) => Object.entries(types));
  const unused = all.filter(([, name]) => !owned.has(name));
  return { names, unused: unused.map(([place, name]) => ({ name, event: !place.includes(" > ") })) };
}

/** Where a hint says otherwise than the lock. */
export function contradictedByHints(
  lock: NameLock,
  plans: readonly AggregatePlan[],
  sources: readonly EventSource[],
): readonly CatalogProblem[] {
  return [
    ...plans.flatMap((plan) => aggregateProblems(lock, plan)),
    ...sources.flatMap((one) => eventProblems(lock, one)),
  ];
}

type Claim = Pin & { readonly key: string; readonly event: boolean; readonly count: number };

function claimOf(key: string, event: boolean, name: string, pins: readonly Pin[]): Claim {
  const isDirect = pins.some((pin) => pin.isDirect);
  const place = pins.map((pin) => pin.place).reduce((a, b) => (a < b ? a : b));
  return { key, event, name, count: pins.length, isDirect, place };
}

function byRight(a: Claim, b: Claim): number {
  return (
    Number(b.event) - Number(a.event) ||
    Number(b.isDirect) - Number(a.isDirect) ||
    b.count - a.count ||
    (a.place < b.place ? -1 : 1)
  );
}

function aggregateProblems(lock: NameLock, plan: AggregatePlan): readonly CatalogProblem[] {
  const pinned = pinnedAggregate(lock, plan);
  const { records, topic, name, plural } = plan;
  const source = records.find(({ hints }) => (name === undefined ? hints.plural : hints.aggregate) !== undefined);
  const at = { subject: (source ?? records[0])?.subject ?? "", topic };
  if (pinned === undefined) return [];
  return [
    ...(name === undefined || name === pinned.name ? [] : [contradiction(at, "aggregate", name, pinned.name)]),
    ...(plural === undefined || plural === pinned.plural ? [] : [contradiction(at, "plural", plural, pinned.plural)]),
  ];
}

function eventProblems({ topics }: NameLock, source: EventSource): readonly CatalogProblem[] {
  const { hints, record, topic } = source;
  const types = topics[topic]?.types ?? {};
  const pinned = Object.hasOwn(types, record.name) ? types[record.name] : undefined;
  if (hints.name === undefined || pinned === undefined || hints.name === pinned) return [];
  return [contradiction(source, "name", hints.name, pinned)];
}

function contradiction(
  { subject, topic }: Pick<CatalogProblem, "subject" | "topic">,
  hint: string,
  hinted: string,
  pinned: string,
): CatalogProblem {
  const problem = `the hint ${hint} says ${hinted}, and the lock file ${pinned}`;
  return { subject, topic, field: undefined, problem, remedy: "Remove the hint, or that line of the lock file" };
}
