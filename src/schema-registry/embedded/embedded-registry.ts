import { EventQLError } from "../../errors.ts";
import { incompatibleLines, schemaMistakes } from "../avro/check-schema.ts";
import { compact } from "../avro/compact.ts";
import { collectDependencies, type Dependencies } from "../avro/references.ts";
import { incompatibleSchema, invalidSchema } from "../refusals.ts";
import { revisionOf } from "../revision.ts";
import type { Registration, SchemaReference, SchemaRegistry } from "../schema-registry.ts";
import { openSchemaStore, type SchemaStore } from "./schema-store.ts";

/**
 * Opens the embedded schema registry: tables of the embedded stack's SQLite file, with ids, versions and BACKWARD
 * compatibility checks as a Confluent registry has them. Several processes may use one file.
 * @throws EventQLError `REGISTRY_UNAVAILABLE` where the file can't be used.
 */
export function openEmbeddedRegistry({ file }: { readonly file: string }): SchemaRegistry {
  const store = openSchemaStore(file);
  return {
    subjects: async () => store.subjects().toSorted(),
    versions: async (subject) => {
      const versions = store.versions(subject);
      if (versions.length > 0) return versions;
      throw new EventQLError("SCHEMA_NOT_FOUND", `The schema registry has no subject ${subject}.`);
    },
    revision: async () => revisionOf(store.newestVersions()),
    byId: async (id) => store.byId(id),
    register: async (subject, schema, references = []) =>
      store.exclusively(() => register(store, subject, compact(schema), references)),
    ping: async () => void store.subjects(),
    close: async () => store.close(),
  };
}

function register(
  store: SchemaStore,
  subject: string,
  schema: string,
  references: readonly SchemaReference[],
): Registration {
  const existing = store.find(subject, schema, references);
  if (existing !== undefined) return { id: existing.id, version: existing.version };
  const dependencies = dependenciesOf(store, references);
  const mistakes = [
    ...(subject === "" ? ["the subject has no name"] : []),
    ...dependencies.missing.map(
      ({ name, ...at }) => `${name} refers to version ${at.version} of ${at.subject}: no such`,
    ),
    ...schemaMistakes(schema, dependencies.texts),
  ];
  if (mistakes.length > 0) throw invalidSchema(subject, mistakes);
  const newest = store.newest(subject);
  if (newest !== undefined) {
    const older = { text: newest.schema, dependencies: dependenciesOf(store, newest.references).texts };
    const lines = incompatibleLines({ text: schema, dependencies: dependencies.texts }, older);
    if (lines.length > 0) throw incompatibleSchema(subject, newest.version, lines);
  }
  return store.add(subject, schema, references);
}

function dependenciesOf(store: SchemaStore, references: readonly SchemaReference[]): Dependencies {
  return collectDependencies(references, ({ subject, version }) => store.version(subject, version));
}
