import type { SchemaInfo } from "@confluentinc/schemaregistry/dist/schemaregistry-client.js";
import type { SchemaReference, SchemaText } from "../schema-registry.ts";

/** A schema as the registry's client has it. */
export function schemaText({ schema, schemaType = "AVRO", references = [] }: SchemaInfo): SchemaText {
  return { schemaType, schema, references: references.map(copyReference) };
}

/** A reference alone, without what else a client may have put beside it. */
export function copyReference({ name, subject, version }: SchemaReference): {
  name: string;
  subject: string;
  version: number;
} {
  return { name, subject, version };
}
