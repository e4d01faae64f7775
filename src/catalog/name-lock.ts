import { z } from "zod";
import { EventQLError, messageOf } from "../errors.ts";

/** The names of an aggregate that are kept. */
export interface LockedAggregate {
  readonly name: string;
  readonly plural: string;
  /** Of fields that lead to other documents: by the column, those of others as `Order.user_id`. */
  readonly relations: Readonly<Record<string, string>>;
}

/** The names of a topic's types that are kept. */
export interface LockedTopic {
  /** By the hint `aggregate`; without one, by {@link UNNAMED}. */
  readonly aggregates: Readonly<Record<string, LockedAggregate>>;
  /** By {@link eventPlace} and {@link nestedPlace}. */
  readonly types: Readonly<Record<string, string>>;
}

/** Names in GraphQL that stay as they are whatever schemas come. */
export interface NameLock {
  readonly version: 1;
  readonly topics: Readonly<Record<string, LockedTopic>>;
  /** What has a name in GraphQL and none in Avro: maps, lists of lists, values in unions. Sorted. */
  readonly structures: readonly string[];
  /** Names that are other than they would be without a collision, by kind of name, owner and wanted name. */
  readonly exceptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The key of an aggregate that no hint names. */
export const UNNAMED = "default";

/** A lock without names. */
export const EMPTY_LOCK: NameLock = { version: 1, topics: {}, structures: [], exceptions: {} };

/**
 * Where a type stands that is within an event type: by its own full name, a union by its record's and the field. In all
 * event types of the topic that have no place of their own: {@link ANY}.
 */
export function nestedPlace(event: string, type: string): string {
  return `${event} > ${type}`;
}

/** Any event type of a topic. */
export const ANY = "*";

const name = z.string().regex(/^(?!__)[A-Za-z_]\w*$/, "must be a name that GraphQL allows");
const names = z.record(z.string(), name);

const shape: z.ZodType<NameLock> = z.strictObject({
  version: z.literal(1),
  topics: z.record(
    z.string(),
    z.strictObject({
      aggregates: z
        .record(z.string(), z.strictObject({ name, plural: name, relations: names.default({}) }))
        .default({}),
      types: names.default({}),
    }),
  ),
  structures: z.array(z.string()).default([]),
  exceptions: z.record(z.string(), names).default({}),
});

/**
 * Reads a lock file's text. `file` is what to call it.
 * @throws EventQLError `CONFIG_INVALID` where it is no lock, or gives one name twice.
 */
export function parseNameLock(text: string, file: string): NameLock {
  const parsed = shape.safeParse(parseJson(text, file));
  const mistakes = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.map(String).join(" → ")}: ${message}`);
  if (parsed.success && mistakes.length === 0) return parsed.data;
  const lines = mistakes.map((mistake) => `\n  - ${mistake}`).join("");
  throw invalid(file, `can't be used:${lines}\nMend it, or delete it and run eventql schema lock.`);
}

/** A lock file's text: sorted, so that it changes only where names come or go. */
export function printNameLock({ version, topics, structures, exceptions }: NameLock): string {
  const sorted = {
    version,
    topics: sortedEntries(topics, ({ aggregates, types }) => ({
      aggregates: sortedEntries(aggregates, (each) => ({
        name: each.name,
        plural: each.plural,
        ...(isEmpty(each.relations) ? {} : { relations: sortedEntries(each.relations) }),
      })),
      types: sortedEntries(types),
    })),
    ...(structures.length === 0 ? {} : { structures: [...new Set(structures)].toSorted() }),
    ...(isEmpty(exceptions) ? {} : { exceptions: sortedEntries(exceptions, (each) => sortedEntries(each)) }),
  };
  return `${JSON.stringify(sorted, undefined, 2)}\n`;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(file, `is no JSON (${messageOf(error)}). Mend it, or delete it and run eventql schema lock.`, error);
  }
}

/** An event type's or an aggregate's name is its own alone; types within may be shared. */
function contradictions({ topics }: NameLock): readonly string[] {
  const owners = new Map<string, string>();
  const mistakes: string[] = [];
  const claim = (name: string, owner: string): void => {
    const other = owners.get(name);
    if (other === undefined) owners.set(name, owner);
    else mistakes.push(`the name ${name.replace(/^\w+ /, "")} is given twice, to ${other} and to ${owner}`);
  };
  for (const [topic, { aggregates, types }] of Object.entries(topics)) {
    for (const [key, { name, plural }] of Object.entries(aggregates)) {
      const owner = `the aggregate ${key === UNNAMED ? "" : `${key} `}of topic ${topic}`;
      claim(`type ${name}`, owner);
      claim(`list ${plural}`, `the list of ${owner}`);
    }
    for (const [place, name] of Object.entries(types))
      if (!place.includes(" > ")) claim(`type ${name}`, `${place} of topic ${topic}`);
  }
  return mistakes;
}

function sortedEntries<T, R = T>(
  entries: Readonly<Record<string, T>>,
  map?: (value: T) => R,
): Readonly<Record<string, T | R>> {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, map === undefined ? value : map(value)]));
}

function isEmpty(entries: object): boolean {
  return Object.keys(entries).length === 0;
}

function invalid(file: string, what: string, cause?: unknown): EventQLError {
  return new EventQLError("CONFIG_INVALID", `The lock file ${file} ${what}`, { cause });
}
