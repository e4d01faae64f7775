import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

/** A field of an Avro record. */
export interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

const Schema = z.looseObject({ fields: z.array(z.unknown()) });

/** Writes a schema file anew, with one more field. */
export async function addField(file: string, field: Field, to: string = file): Promise<void> {
  const schema = Schema.parse(JSON.parse(await readFile(file, "utf8")));
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, `${JSON.stringify({ ...schema, fields: [...schema.fields, field] }, undefined, 2)}\n`);
}

/** The schema file of the story. */
export function schemaFile(folder: string, root = "schemas"): string {
  return join(folder, root, "appuser", "UserChanged.avsc");
}
