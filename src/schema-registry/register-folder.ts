import { EventQLError, isEventQLError } from "../errors.ts";
import { schemaMistakes } from "./avro/check-schema.ts";
import { type LinkedFile, linkFiles, orderFiles, textsUsedBy } from "./folder/order-files.ts";
import { readFiles } from "./folder/read-files.ts";
import { type FileMistake, type ParsedFile, parseFile } from "./folder/schema-file.ts";
import type { Registration, SchemaReference, SchemaRegistry } from "./schema-registry.ts";

/** An event type's file: `<folder>/<topic>/<Event>.avsc`. */
interface SchemaFile {
  /** Its path, as the folder was given. */
  readonly file: string;
  readonly topic: string;
  /** The record's full name. */
  readonly fullName: string;
  /** `<topic>-<full name>`. */
  readonly subject: string;
  readonly schema: string;
  /** Subjects of the files whose types it uses by name. */
  readonly uses: readonly string[];
}

/** The event types of a folder. */
export interface SchemaFolder {
  /** Sorted; each has at least one file. */
  readonly topics: readonly string[];
  /** Each after the files that it uses. */
  readonly files: readonly SchemaFile[];
}

/** A file with what registering it said. */
export interface RegisteredFile extends SchemaFile, Registration {}

/** What {@link registerFolder} did. */
export interface RegisteredFolder {
  readonly topics: readonly string[];
  readonly files: readonly RegisteredFile[];
}

/**
 * Reads a folder of schemas and checks all of it.
 * @throws EventQLError `CONFIG_INVALID` where the folder doesn't exist; `SCHEMA_INVALID` with every mistake of every file,
 * each with file, field and remedy.
 */
export async function readSchemaFolder(folder: string): Promise<SchemaFolder> {
  const { texts, mistakes } = await readFiles(folder);
  const parsed = texts.map(parseFile);
  const files = parsed.filter(isParsed);
  const { linked, mistakes: unresolved } = linkFiles(files);
  const { ordered, mistakes: rings } = orderFiles(linked);
  const found = [
    ...mistakes,
    ...parsed.flatMap((file) => (isParsed(file) ? file.mistakes : file)),
    ...duplicates(files),
    ...unresolved,
    ...rings,
  ];
  // Checking a file whose names lead nowhere would only say so again.
  const broken = new Set(found.map(({ file }) => file));
  const all = [...found, ...(rings.length > 0 ? [] : ordered.flatMap((file) => check(file, broken)))];
  if (all.length > 0) throw refusal("SCHEMA_INVALID", folder, all);
  return { topics: [...new Set(files.map(({ topic }) => topic))], files: ordered.map(toSchemaFile) };
}

/**
 * Registers a folder's schemas, each after those that it refers to. Registering again changes nothing.
 * @param onRegistered is told of each file when it's done.
 * @throws EventQLError as {@link readSchemaFolder}, with nothing registered; `SCHEMA_INCOMPATIBLE` (or `SCHEMA_INVALID`)
 * with all that the registry refused: the other files are registered then; `REGISTRY_UNAVAILABLE`.
 */
export async function registerFolder(
  registry: SchemaRegistry,
  folder: string,
  onRegistered: (file: RegisteredFile) => void = () => {},
): Promise<RegisteredFolder> {
  const { topics, files } = await readSchemaFolder(folder);
  const done = new Map<string, RegisteredFile>();
  const refused: { readonly file: string; readonly error: EventQLError }[] = [];
  for (const file of files) {
    const used = file.uses.flatMap((subject) => done.get(subject) ?? []);
    if (used.length < file.uses.length) continue;
    try {
      const registered = { ...file, ...(await registry.register(file.subject, file.schema, used.map(reference))) };
      done.set(file.subject, registered);
      onRegistered(registered);
    } catch (error) {
      if (!isEventQLError(error, "SCHEMA_INCOMPATIBLE") && !isEventQLError(error, "SCHEMA_INVALID")) throw error;
      refused.push({ file: file.file, error });
    }
  }
  if (refused.length === 0) return { topics, files: [...done.values()] };
  const invalid = refused.some(({ error }) => error.code === "SCHEMA_INVALID");
  const mistakes = refused.flatMap(({ file, error }) => reasonsOf(error).map((text) => ({ file, text })));
  throw refusal(invalid ? "SCHEMA_INVALID" : "SCHEMA_INCOMPATIBLE", folder, mistakes);
}

function isParsed(file: ParsedFile | readonly FileMistake[]): file is ParsedFile {
  return "schema" in file;
}

function duplicates(files: readonly ParsedFile[]): readonly FileMistake[] {
  return files.flatMap(({ file, topic, fullName }, index) => {
    const first = files.slice(0, index).find((other) => other.topic === topic && other.fullName === fullName);
    return first === undefined ? [] : [{ file, text: `${fullName} is defined by ${first.file} too: keep one` }];
  });
}

function check(file: LinkedFile, broken: Set<string>): readonly FileMistake[] {
  if (broken.has(file.file) || file.uses.some((used) => broken.has(used.file))) {
    broken.add(file.file);
    return [];
  }
  const mistakes = schemaMistakes(file.schema, textsUsedBy(file));
  if (mistakes.length > 0) broken.add(file.file);
  return mistakes.map((text) => ({ file: file.file, text }));
}

function toSchemaFile({ file, topic, fullName, schema, uses }: LinkedFile): SchemaFile {
  return { file, topic, fullName, subject: subjectOf({ topic, fullName }), schema, uses: uses.map(subjectOf) };
}

function subjectOf({ topic, fullName }: Pick<ParsedFile, "topic" | "fullName">): string {
  return `${topic}-${fullName}`;
}

function reference({ fullName, subject, version }: RegisteredFile): SchemaReference {
  return { name: fullName, subject, version };
}

function reasonsOf({ details, message }: EventQLError): readonly string[] {
  const { reasons } = details;
  return Array.isArray(reasons) ? reasons.map(String) : [message];
}

function refusal(
  code: "SCHEMA_INVALID" | "SCHEMA_INCOMPATIBLE",
  folder: string,
  mistakes: readonly FileMistake[],
): EventQLError {
  const lines = mistakes.map(({ file, text }) => `\n  - ${file}: ${text}`).join("");
  const what = code === "SCHEMA_INVALID" ? "are not valid" : "are not compatible with their registered versions";
  return new EventQLError(code, `Schemas in ${folder} ${what}:${lines}`, { details: { mistakes } });
}
