import type { SchemaInfo, SchemaRegistryClient } from "@confluentinc/schemaregistry/dist/schemaregistry-client.js";
import type { EventQLError } from "../../errors.ts";
import { incompatibleLines, schemaMistakes } from "../avro/check-schema.ts";
import { collectDependencies, referenceKey } from "../avro/references.ts";
import { incompatibleSchema, invalidSchema } from "../refusals.ts";
import type { SchemaReference, SchemaText } from "../schema-registry.ts";
import { restFailure } from "./failures.ts";

/** The registry's own codes for a schema and for a subject that it doesn't take. */
const INVALID: ReadonlySet<number> = new Set([42201, 42208]);

/** Why a schema was refused. */
export interface Refusal {
  readonly error: EventQLError;
  /** Whether the reason was found in the schema itself; if not, the registry's words stand for it. */
  readonly explained: boolean;
}

/**
 * Says what and why where the registry refused a schema, or undefined where it failed otherwise. The registry decides; its
 * words may not name the field, so the same rules are walked here to find the reasons, and its words stand where they
 * give none (a level other than BACKWARD, say).
 */
export async function explainRefusal(
  client: SchemaRegistryClient,
  subject: string,
  { schema, references = [] }: SchemaInfo,
  error: unknown,
): Promise<Refusal | undefined> {
  const failure = restFailure(error);
  if (failure === undefined) return undefined;
  if (INVALID.has(failure.errorCode)) {
    const mistakes = schemaMistakes(schema, await dependenciesOf(client, references));
    return refusal(mistakes, failure.message, (reasons) => invalidSchema(subject, reasons));
  }
  if (failure.status !== 409) return undefined;
  const newest = await client.getLatestSchemaMetadata(subject);
  const lines = incompatibleLines(
    { text: schema, dependencies: await dependenciesOf(client, references) },
    { text: newest.schema, dependencies: await dependenciesOf(client, newest.references ?? []) },
  );
  return refusal(lines, failure.message, (reasons) => incompatibleSchema(subject, newest.version, reasons));
}

function refusal(
  found: readonly string[],
  registrysWords: string,
  toError: (reasons: readonly string[]) => EventQLError,
): Refusal {
  const explained = found.length > 0;
  return { error: toError(explained ? found : [registrysWords]), explained };
}

async function dependenciesOf(
  client: SchemaRegistryClient,
  references: readonly SchemaReference[],
): Promise<readonly string[]> {
  const found = new Map<string, SchemaText>();
  const fetch = async (reference: SchemaReference): Promise<void> => {
    if (found.has(referenceKey(reference))) return;
    const text = await client.getSchemaMetadata(reference.subject, reference.version).catch(() => undefined);
    if (text === undefined) return;
    const nested = text.references ?? [];
    found.set(referenceKey(reference), { schemaType: "AVRO", schema: text.schema, references: nested });
    for (const each of nested) await fetch(each);
  };
  for (const reference of references) await fetch(reference);
  return collectDependencies(references, (reference) => found.get(referenceKey(reference))).texts;
}
