import { EventQLError } from "../errors.ts";
import type { SchemaReference, SchemaRegistry, SchemaText } from "../schema-registry/schema-registry.ts";

/** A schema's text with the texts of everything that it refers to, each before those that refer to it. */
export interface ResolvedSchema extends SchemaText {
  readonly referenced: readonly string[];
}

/** Finds the text of a reference; undefined: the registry doesn't have it. */
export type FindReferenced = (reference: SchemaReference) => Promise<SchemaText | undefined>;

/**
 * Fetches what a schema refers to, directly or not; each text once.
 * @throws EventQLError `SCHEMA_INVALID` for a reference that the registry doesn't have.
 */
export async function resolveReferences<T extends SchemaText>(
  schema: T,
  find: FindReferenced,
): Promise<T & ResolvedSchema> {
  const seen = new Map<string, SchemaText>();
  const referenced: string[] = [];
  const visit = async ({ references }: SchemaText): Promise<void> => {
    for (const reference of references) {
      const key = `${reference.subject}/${reference.version}`;
      if (seen.has(key)) continue;
      const found = await find(reference);
      if (found === undefined) throw missing(reference);
      seen.set(key, found);
      await visit(found);
      referenced.push(found.schema);
    }
  };
  await visit(schema);
  return { ...schema, referenced };
}

/** Finds references in the registry, each subject's versions read once. */
export function referencesOf(registry: SchemaRegistry): FindReferenced {
  const subjects = new Map<string, ReturnType<SchemaRegistry["versions"]>>();
  return async ({ subject, version }) => {
    const versions = subjects.get(subject) ?? registry.versions(subject);
    subjects.set(subject, versions);
    const found = await versions.catch((error: unknown) => {
      subjects.delete(subject);
      if (error instanceof EventQLError && error.code === "SCHEMA_NOT_FOUND") return [];
      throw error;
    });
    return found.find((candidate) => candidate.version === version);
  };
}

function missing({ name, subject, version }: SchemaReference): EventQLError {
  return new EventQLError(
    "SCHEMA_INVALID",
    `It refers to ${name} as version ${version} of subject ${subject}, which the registry doesn't have.`,
  );
}
