import type { Aggregate, Catalog } from "../../catalog/types.ts";
import type { Build, Builds } from "../../model/builds.ts";
import { collectionOf } from "./build-key.ts";
import { type CatalogDefinition, definitionsOf } from "./definitions-of.ts";
import { hiddenSince } from "./hidden-since.ts";
import { makes } from "./settle-definition.ts";

/** A definition, and the catalog that it is of, as its schemas have it. */
export interface DefinitionInCatalog {
  readonly of: CatalogDefinition;
  readonly catalog: Catalog;
}

/** What decides which catalog is in use. */
export interface InUseOptions {
  /** By the identifiers of their pointers. */
  readonly builds: ReadonlyMap<string, Builds>;
  /** The definitions that the process has of a projection, its newest one first. */
  readonly known: (id: string) => readonly DefinitionInCatalog[];
}

/** The same object for the same build, for as long as there is the aggregate. */
const resolved = new WeakMap<Aggregate, Map<string, Aggregate>>();

/** The aggregates whose documents a build has: in its collections, by its checkpoints. */
export function aggregatesOf(aggregates: readonly Aggregate[], build: Build): readonly Aggregate[] {
  return aggregates.map((aggregate) => {
    const collection = collectionOf(aggregate.collection, build);
    const { projection } = build;
    if (collection === aggregate.collection && projection === aggregate.projection) return aggregate;
    const known = resolved.get(aggregate) ?? new Map<string, Aggregate>();
    resolved.set(aggregate, known);
    const found = known.get(projection) ?? { ...aggregate, collection, projection };
    known.set(projection, found);
    return found;
  });
}

/** The definition that makes a build, of those that are known. */
export function makerOf(
  known: readonly DefinitionInCatalog[],
  build: Build | undefined,
): DefinitionInCatalog | undefined {
  return build && known.find(({ of }) => makes(of, build));
}

/**
 * The catalog to use: each aggregate as the live build of its projection has it. Where another definition made that than the
 * catalog's own, what is known of that one is used, as long as the live build is its; what the catalog hides is hidden at
 * once.
 */
export function catalogInUse(catalog: Catalog, { builds, known }: InUseOptions): Catalog {
  const replaced = new Map<Aggregate, readonly Aggregate[]>();
  const others: DefinitionInCatalog[] = [];
  for (const [id, own] of definitionsOf(catalog)) {
    const live = builds.get(id)?.live;
    if (live === undefined) continue;
    const maker = makes(own, live) ? undefined : makerOf(known(id), live);
    if (maker !== undefined) others.push(maker);
    const made = maker?.of.aggregates.map((each) => hiddenSince(each, named(own.aggregates, each)));
    const aggregates = aggregatesOf(made ?? own.aggregates, live);
    if (maker === undefined && aggregates.every((each, index) => each === own.aggregates[index])) continue;
    const [first, ...rest] = own.aggregates;
    if (first !== undefined) replaced.set(first, aggregates);
    for (const each of rest) replaced.set(each, []);
  }
  if (replaced.size === 0) return catalog;
  const aggregates = catalog.aggregates.flatMap((aggregate) => replaced.get(aggregate) ?? [aggregate]);
  return { ...catalog, aggregates: aggregates.toSorted(byName), commands: commandsOf(catalog, others) };
}

function named(aggregates: readonly Aggregate[], { name }: Aggregate): Aggregate | undefined {
  return aggregates.find((each) => each.name === name);
}

/** Commands are of the definition whose states they are decided on. */
function commandsOf(catalog: Catalog, others: readonly DefinitionInCatalog[]): Catalog["commands"] {
  if (others.length === 0) return catalog.commands;
  const topics = new Set(others.flatMap(({ of }) => of.topics));
  const theirs = others.flatMap(({ of, catalog: own }) =>
    own.commands.filter(({ topic }) => of.topics.includes(topic)),
  );
  return [...catalog.commands.filter(({ topic }) => !topics.has(topic)), ...theirs].toSorted(byName);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
