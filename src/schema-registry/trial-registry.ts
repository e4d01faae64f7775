import pMap from "p-map";
import { EventQLError, isEventQLError } from "../errors.ts";
import { incompatibleLines, schemaMistakes } from "./avro/check-schema.ts";
import { compact } from "./avro/compact.ts";
import { type Dependencies, collectDependencies } from "./avro/references.ts";
import { invalidSchema } from "./refusals.ts";
import type { RegisteredSchema, Registration, SchemaReference, SchemaRegistry, SchemaText } from "./schema-registry.ts";

/** Why events of a subject's newest version could not be read with a schema. */
export interface TrialIncompatibility {
  readonly subject: string;
  /** That it is not compatible with. */
  readonly version: number;
  /** What is wrong, a line each, naming the field. */
  readonly reasons: readonly string[];
}

/** A registry to try registrations in. */
export interface TrialRegistry extends SchemaRegistry {
  /** What a registry with the level BACKWARD would have refused; it was taken all the same. */
  readonly incompatible: readonly TrialIncompatibility[];
  /** Versions that the other registry hasn't. */
  readonly added: readonly RegisteredSchema[];
}

/** How many subjects are read at once. */
const CONCURRENCY = 16;

/**
 * What another registry holds, or nothing, with what is registered here on top, in memory: the other one isn't changed.
 * @throws EventQLError `REGISTRY_UNAVAILABLE`.
 */
export async function openTrialRegistry(base?: SchemaRegistry): Promise<TrialRegistry> {
  if (base === undefined) return new Trial([]);
  const read = async (subject: string): Promise<Known> => [subject, await versionsOf(base, subject)];
  return new Trial(await pMap(await base.subjects(), read, { concurrency: CONCURRENCY }));
}

type Known = readonly [subject: string, versions: readonly RegisteredSchema[]];

/** Deleted since the subjects were listed: none. */
async function versionsOf(base: SchemaRegistry, subject: string): Promise<readonly RegisteredSchema[]> {
  return await base.versions(subject).catch((error: unknown) => {
    if (isEventQLError(error, "SCHEMA_NOT_FOUND")) return [];
    throw error;
  });
}

class Trial implements TrialRegistry {
  readonly incompatible: TrialIncompatibility[] = [];
  readonly added: RegisteredSchema[] = [];
  readonly #subjects: Map<string, readonly RegisteredSchema[]>;

  #lastId: number;

  constructor(known: readonly Known[]) {
    this.#subjects = new Map(known.filter(([, versions]) => versions.length > 0));
    this.#lastId = known.flatMap(([, versions]) => versions).reduce((last, { id }) => Math.max(last, id), 0);
  }

  async subjects(): Promise<readonly string[]> {
    return [...this.#subjects.keys()].toSorted();
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const versions = this.#subjects.get(subject);
    if (versions !== undefined) return versions;
    throw new EventQLError("SCHEMA_NOT_FOUND", `The schema registry has no subject ${subject}.`);
  }

  async revision(): Promise<string> {
    return String(this.added.length);
  }

  async byId(id: number): Promise<SchemaText | undefined> {
    return [...this.#subjects.values()].flat().find((schema) => schema.id === id);
  }

  async register(subject: string, text: string, references: readonly SchemaReference[] = []): Promise<Registration> {
    const schema = compact(text);
    const versions = this.#subjects.get(subject) ?? [];
    const same = versions.find((each) => isSame(each, schema, references));
    if (same !== undefined) return same;
    const { texts } = this.#dependencies(references);
    const mistakes = schemaMistakes(schema, texts);
    if (mistakes.length > 0) throw invalidSchema(subject, mistakes);
    this.#compare(subject, schema, texts, versions.at(-1));
    this.#lastId += 1;
    const version = (versions.at(-1)?.version ?? 0) + 1;
    const registered = { subject, version, id: this.#lastId, schemaType: "AVRO", schema, references };
    this.#subjects.set(subject, [...versions, registered]);
    this.added.push(registered);
    return registered;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  #compare(subject: string, text: string, dependencies: readonly string[], newest: RegisteredSchema | undefined): void {
    if (newest === undefined) return;
    const older = { text: newest.schema, dependencies: this.#dependencies(newest.references).texts };
    const reasons = incompatibleLines({ text, dependencies }, older);
    if (reasons.length > 0) this.incompatible.push({ subject, version: newest.version, reasons });
  }

  #dependencies(references: readonly SchemaReference[]): Dependencies {
    return collectDependencies(references, ({ subject, version }) =>
      this.#subjects.get(subject)?.find((each) => each.version === version),
    );
  }
}

/** A registry may have kept a text as it was written. */
function isSame(one: SchemaText, schema: string, references: readonly SchemaReference[]): boolean {
  const keys = (all: readonly SchemaReference[]): string =>
    JSON.stringify(all.map(({ name, subject, version }) => [name, subject, version]));
  return compact(one.schema) === schema && keys(one.references) === keys(references);
}
