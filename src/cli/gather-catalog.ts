import { gatherSubjects } from "../catalog/gather.ts";
import { type CatalogProblem, catalogInvalid } from "../catalog/problems.ts";
import { firstState, reloadCatalog } from "../catalog/reload.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import { catalogOptions } from "../runtime/prepare.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";

/** What the registry's schemas make, as far as their hints are right. */
export interface GatheredCatalog {
  /** Without the topics that have problems. */
  readonly catalog: Catalog;
  readonly problems: readonly CatalogProblem[];
}

/** The catalog of all topics whose hints are right: one wrong hint must not hide the others from who looks for it. */
export async function gatherCatalog(registry: SchemaRegistry, config: Config): Promise<GatheredCatalog> {
  const subjects = await gatherSubjects(registry);
  const { state, problems } = reloadCatalog(firstState([], {}), subjects, catalogOptions(config));
  return { catalog: state.catalog, problems };
}

/**
 * The catalog for work on some topics.
 * @throws EventQLError `CATALOG_INVALID` where hints of those topics are wrong, or hints that belong to no topic.
 */
export async function gatherForTopics(
  registry: SchemaRegistry,
  config: Config,
  topics: readonly string[],
): Promise<Catalog> {
  const { catalog, problems } = await gatherCatalog(registry, config);
  const own = problems.filter(({ topic }) => topic === undefined || topics.includes(topic));
  if (own.length > 0) throw catalogInvalid(own);
  return catalog;
}
