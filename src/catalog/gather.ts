import pMap from "p-map";
import { isEventQLError, messageOf } from "../errors.ts";
import type { RegisteredSchema, SchemaRegistry } from "../schema-registry/schema-registry.ts";
import { type CatalogOptions, buildCatalog } from "./build.ts";
import { isInvalidationSubject } from "./invalidation-event.ts";
import { type FindReferenced, referencesOf, resolveReferences } from "./references.ts";
import type { GatheredSubject, GatheredVersion } from "./subjects.ts";
import type { Catalog } from "./types.ts";

/** How many subjects are read at once. */
const CONCURRENCY = 16;

/**
 * Reads every subject of the registry and builds the catalog of them.
 * @throws EventQLError `CATALOG_INVALID` naming every wrong hint, `REGISTRY_UNAVAILABLE`.
 */
export async function gatherCatalog(registry: SchemaRegistry, options: CatalogOptions = {}): Promise<Catalog> {
  return buildCatalog(await gatherSubjects(registry), options);
}

/**
 * Reads every subject of the registry that may make event or command types, with all that the schemas refer to.
 * @throws EventQLError `REGISTRY_UNAVAILABLE`.
 */
export async function gatherSubjects(registry: SchemaRegistry): Promise<readonly GatheredSubject[]> {
  const find = referencesOf(registry);
  const subjects = (await registry.subjects()).filter((subject) => !isInvalidationSubject(subject));
  const gathered = await pMap(subjects, (subject) => gatherSubject(registry, subject, find), {
    concurrency: CONCURRENCY,
  });
  return gathered.filter((each) => each !== undefined);
}

async function gatherSubject(
  registry: SchemaRegistry,
  subject: string,
  find: FindReferenced,
): Promise<GatheredSubject | undefined> {
  try {
    const versions = await registry.versions(subject);
    return { subject, versions: await Promise.all(versions.map((version) => gatherVersion(version, find))) };
  } catch (error) {
    // Deleted since the subjects were listed.
    if (isEventQLError(error, "SCHEMA_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function gatherVersion(version: RegisteredSchema, find: FindReferenced): Promise<GatheredVersion> {
  try {
    return await resolveReferences(version, find);
  } catch (error) {
    if (isEventQLError(error) && error.retriable) throw error;
    return { ...version, referenced: [], problem: messageOf(error) };
  }
}
