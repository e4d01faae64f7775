import { gatherCatalog } from "../../../src/catalog/gather.ts";
import type { CatalogHints } from "../../../src/catalog/hints.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";

/** Subjects with their schemas, in the order of their registration. */
export type Subjects = readonly (readonly [subject: string, schema: unknown])[];

/** The catalog of subjects. */
export async function catalogOf(
  subjects: Subjects,
  hints: CatalogHints = {},
  topics?: readonly string[],
): Promise<Catalog> {
  const registry = new FakeRegistry();
  for (const [subject, schema] of subjects) await registry.add(subject, schema);
  return gatherCatalog(registry, topics === undefined ? { hints } : { hints, topics });
}

/** A record schema with hints. */
export function hinted(schema: unknown, eventql: unknown): unknown {
  return { ...Object(schema), eventql };
}
