import type { SchemaRegistryClient } from "@confluentinc/schemaregistry/dist/schemaregistry-client.js";
import { EventQLError } from "../../errors.ts";
import type { RegisteredSchema } from "../schema-registry.ts";
import { orUndefined } from "./failures.ts";
import { schemaText } from "./schema-text.ts";

/**
 * All versions of subjects, as they are now. Versions never change, so those that were read before aren't read again, the
 * newest of them excepted: a subject that was deleted for good may have come back with others under the same numbers.
 */
export class SubjectVersions {
  readonly #known = new Map<string, readonly RegisteredSchema[]>();

  /** Oldest first. @throws EventQLError `SCHEMA_NOT_FOUND` for an unknown subject. */
  async read(client: SchemaRegistryClient, subject: string): Promise<readonly RegisteredSchema[]> {
    const known = await this.#stillThere(client, subject);
    // Unlike its other functions, this one of the client puts the subject into the path as it is.
    const numbers = await orUndefined(client.getAllVersions(encodeURIComponent(subject)));
    const read = async (version: number): Promise<RegisteredSchema | undefined> =>
      known.get(version) ?? (await readVersion(client, subject, version));
    const versions = await Promise.all((numbers ?? []).toSorted((a, b) => a - b).map(read));
    const present = versions.filter((version) => version !== undefined);
    if (present.length > 0) this.#known.set(subject, present);
    else this.#known.delete(subject);
    if (present.length > 0) return present;
    throw new EventQLError("SCHEMA_NOT_FOUND", `The schema registry has no subject ${subject}.`, {
      details: { subject },
    });
  }

  /** The versions that were read before if the newest of them is what it was, else that one as it is now. */
  async #stillThere(client: SchemaRegistryClient, subject: string): Promise<ReadonlyMap<number, RegisteredSchema>> {
    const known = this.#known.get(subject) ?? [];
    const newest = known.at(-1);
    const now = newest === undefined ? undefined : await readVersion(client, subject, newest.version);
    if (newest === undefined || now === undefined) return new Map();
    const isSame = now.id === newest.id && now.schema === newest.schema;
    return new Map((isSame ? known : [now]).map((each) => [each.version, each]));
  }
}

/** Undefined where the version was deleted meanwhile. */
async function readVersion(
  client: SchemaRegistryClient,
  subject: string,
  version: number,
): Promise<RegisteredSchema | undefined> {
  const found = await orUndefined(client.getSchemaMetadata(subject, version));
  return found?.id === undefined ? undefined : { subject, version, id: found.id, ...schemaText(found) };
}
