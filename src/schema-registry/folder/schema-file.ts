import { mistakeLine, parseJson, schemaMistakes } from "../avro/check-schema.ts";
import { isFullName, qualify } from "../avro/names.ts";
import { type MissingName, readSchema } from "../avro/read-schema.ts";

/** A mistake in a file of the folder. */
export interface FileMistake {
  readonly file: string;
  /** What is wrong, where in the file, and the remedy. */
  readonly text: string;
}

/** A file as it stands, alone. */
export interface ParsedFile {
  readonly file: string;
  readonly topic: string;
  /** The record's full name. */
  readonly fullName: string;
  readonly schema: string;
  /** Full names of the types that it defines. */
  readonly defined: readonly string[];
  /** Names that it uses and other files may define. */
  readonly missing: readonly MissingName[];
  /** What is wrong in it, whatever other files define. */
  readonly mistakes: readonly FileMistake[];
}

/** A file's place and text. */
export interface FileText {
  readonly file: string;
  readonly topic: string;
  readonly schema: string;
}

/** Reads a file's text as a record's schema, or says why it is none. */
export function parseFile({ file, topic, schema }: FileText): ParsedFile | readonly FileMistake[] {
  const parsed = parseJson(schema);
  if ("mistake" in parsed) return [{ file, text: parsed.mistake }];
  if (!isRecord(parsed.json))
    return [{ file, text: 'not a record: an event type is {"type": "record", "name": …, "fields": […]}' }];
  const fullName = fullNameOf(parsed.json);
  if (fullName === undefined) return schemaMistakes(schema).map((text) => ({ file, text }));
  const { defined, missing, problems } = readSchema(parsed.json);
  const mistakes = problems.map((problem) => ({ file, text: mistakeLine(problem) }));
  return { file, topic, fullName, schema, defined, missing, mistakes };
}

function isRecord(json: unknown): json is object {
  return typeof json === "object" && json !== null && "type" in json && json.type === "record";
}

function fullNameOf(record: object): string | undefined {
  if (!("name" in record) || !isFullName(record.name)) return undefined;
  const { name } = record;
  const namespace = "namespace" in record && typeof record.namespace === "string" ? record.namespace : "";
  return qualify(name, namespace);
}
