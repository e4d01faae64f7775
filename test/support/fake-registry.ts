import { EventQLError } from "../../src/errors.ts";
import type {
  RegisteredSchema,
  Registration,
  SchemaReference,
  SchemaRegistry,
  SchemaText,
} from "../../src/schema-registry/schema-registry.ts";

/** A registry in memory that checks nothing: for tests of what stands above the port. */
export class FakeRegistry implements SchemaRegistry {
  /** How often each id was asked for. */
  readonly asked: Map<number, number> = new Map();
  readonly #subjects = new Map<string, RegisteredSchema[]>();
  readonly #ids = new Map<string, number>();

  /** Registers a schema given as JSON. */
  async add(subject: string, schema: unknown, references: readonly SchemaReference[] = []): Promise<number> {
    const { id } = await this.register(subject, JSON.stringify(schema), references);
    return id;
  }

  /** As somebody who deletes a subject. */
  remove(subject: string): void {
    this.#subjects.delete(subject);
  }

  async subjects(): Promise<readonly string[]> {
    return [...this.#subjects.keys()].sort();
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const versions = this.#subjects.get(subject);
    if (versions === undefined) throw new EventQLError("SCHEMA_NOT_FOUND", `There is no subject ${subject}.`);
    return versions;
  }

  async revision(): Promise<string> {
    return JSON.stringify([...this.#subjects].map(([subject, versions]) => [subject, versions.at(-1)?.version]));
  }

  async byId(id: number): Promise<SchemaText | undefined> {
    this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
    return [...this.#subjects.values()].flat().find((schema) => schema.id === id);
  }

  async register(
    subject: string,
    schema: string,
    references: readonly SchemaReference[] = [],
    schemaType = "AVRO",
  ): Promise<Registration> {
    const versions = this.#subjects.get(subject) ?? [];
    this.#subjects.set(subject, versions);
    const known = versions.find((each) => each.schema === schema);
    if (known !== undefined) return known;
    const text = JSON.stringify([schema, references]);
    const id = this.#ids.get(text) ?? this.#ids.size + 1;
    this.#ids.set(text, id);
    const registered = { subject, version: versions.length + 1, id, schemaType, schema, references };
    versions.push(registered);
    return registered;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}
}
