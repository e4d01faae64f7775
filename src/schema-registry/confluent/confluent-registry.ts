import type { SchemaInfo, SchemaRegistryClient } from "@confluentinc/schemaregistry/dist/schemaregistry-client.js";
import { EventQLError } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { compact } from "../avro/compact.ts";
import { revisionOf } from "../revision.ts";
import type { SchemaRegistry, SchemaText } from "../schema-registry.ts";
import { type Connection, connect } from "./connection.ts";
import { orUndefined, restFailure, unavailable } from "./failures.ts";
import { NewestVersions } from "./newest-versions.ts";
import { explainRefusal } from "./refusal.ts";
import { copyReference, schemaText } from "./schema-text.ts";
import { SubjectVersions } from "./subject-versions.ts";

/** How to reach the registry. */
export interface ConfluentRegistryOptions {
  /** Its base URL, which may hold credentials (they reach no message and no log); several are separated by commas. */
  readonly url: string;
  readonly logger: Logger;
  /** How long each request may take, in ms. 10,000 if absent. */
  readonly timeoutMs?: number;
}

/**
 * Opens a registry that speaks Confluent's REST API. Nothing is asked of it yet.
 * @throws EventQLError `CONFIG_INVALID` for a URL that is none.
 */
export function openConfluentRegistry({ url, logger, timeoutMs = 10_000 }: ConfluentRegistryOptions): SchemaRegistry {
  const connection = connect(url, timeoutMs);
  logger.debug({ address: connection.address }, "schema registry chosen");
  const known = new Map<number, SchemaText>();
  const newest = new NewestVersions(connection);
  const versions = new SubjectVersions();
  return {
    subjects: () => guarded(connection, async (client) => (await client.getAllSubjects()).toSorted()),
    versions: (subject) => guarded(connection, (client) => versions.read(client, subject)),
    revision: () => guarded(connection, async () => revisionOf(await newest.read())),
    byId: async (id) => {
      const text = known.get(id) ?? (await guarded(connection, (client) => textOf(client, id)));
      if (text !== undefined) known.set(id, text);
      return text;
    },
    register: (subject, schema, references = []) =>
      guarded(connection, (client) =>
        register(client, subject, { schema: compact(schema), references: references.map(copyReference) }),
      ),
    ping: () => guarded(connection, async (client) => void (await client.getAllSubjects())),
    close: async () => connection.close(),
  };
}

/** Runs a call with a client that has cached nothing, and turns what it throws into errors with a code. */
async function guarded<T>(connection: Connection, call: (client: SchemaRegistryClient) => Promise<T>): Promise<T> {
  try {
    return await call(connection.client());
  } catch (error) {
    if (error instanceof EventQLError) throw error;
    throw unavailable(connection.address, error);
  }
}

async function textOf(client: SchemaRegistryClient, id: number): Promise<SchemaText | undefined> {
  const found = await orUndefined(client.getBySubjectAndId("", id));
  return found === undefined ? undefined : schemaText(found);
}

async function register(
  client: SchemaRegistryClient,
  subject: string,
  schema: SchemaInfo,
): Promise<{ readonly id: number; readonly version: number }> {
  await submit(client, subject, schema);
  // Registries before Confluent's 8.0 answer a registration with the id alone.
  const { id, version } = await client.getIdFullResponse(subject, schema);
  if (id !== undefined && version !== undefined) return { id, version };
  throw new EventQLError("REGISTRY_UNAVAILABLE", `The schema registry named no version for subject ${subject}.`);
}

async function submit(client: SchemaRegistryClient, subject: string, schema: SchemaInfo): Promise<void> {
  try {
    await client.registerFullResponse(subject, schema);
  } catch (error) {
    const refusal = await explainRefusal(client, subject, schema, error);
    if (refusal === undefined) throw error;
    if (refusal.explained) throw refusal.error;
    // Some registries answer 409 to one of two clients that register under a subject at the same moment: ask again.
    await client.registerFullResponse(subject, schema).catch((again: unknown) => {
      throw restFailure(again) === undefined ? again : refusal.error;
    });
  }
}
