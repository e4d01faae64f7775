import { createHash } from "node:crypto";
import * as z from "zod";
import type { SchemaReference } from "../schema-registry.ts";

const references = z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() }));

/** Reads references back from their stored JSON. */
export function readReferences(json: string): readonly SchemaReference[] {
  return references.parse(JSON.parse(json));
}

/** The same for the same schema with the same references. */
export function fingerprint(schema: string, references: readonly SchemaReference[]): string {
  const referred = references.map(({ name, subject, version }) => [name, subject, version]);
  return createHash("sha256")
    .update(JSON.stringify([schema, referred]))
    .digest("hex");
}
