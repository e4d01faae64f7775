import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EventQLError, messageOf } from "../../errors.ts";
import type { RegisteredSchema, SchemaReference, SchemaText } from "../schema-registry.ts";
import type { NewestVersion } from "../revision.ts";
import { fingerprint, readReferences } from "./stored-schema.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS registry_schemas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    schema TEXT NOT NULL,
    schema_references TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS registry_versions (
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    id INTEGER NOT NULL REFERENCES registry_schemas (id),
    PRIMARY KEY (subject, version),
    UNIQUE (subject, id)
  ) STRICT, WITHOUT ROWID;
`;

const VERSIONS = `
  SELECT subject, version, id, schema, schema_references
  FROM registry_versions JOIN registry_schemas USING (id) WHERE subject = ?`;

// SQLite takes the other columns from the row that has the maximum: https://sqlite.org/lang_select.html#bareagg
const NEWEST_VERSIONS = "SELECT subject, max(version) AS version, id FROM registry_versions GROUP BY subject";

/** How long a call waits for another process's write, in ms. */
const BUSY_TIMEOUT_MS = 5000;

type Row = Readonly<Record<string, unknown>>;

/** The registry's tables in the embedded stack's SQLite file. Other connections and processes may use the same file. */
export interface SchemaStore {
  subjects(): readonly string[];
  /** Oldest first; empty for an unknown subject. */
  versions(subject: string): readonly RegisteredSchema[];
  version(subject: string, version: number): RegisteredSchema | undefined;
  newest(subject: string): RegisteredSchema | undefined;
  /** Of each subject, sorted by it. */
  newestVersions(): readonly NewestVersion[];
  byId(id: number): SchemaText | undefined;
  /** The version of the subject that has this text with these references. */
  find(subject: string, schema: string, references: readonly SchemaReference[]): RegisteredSchema | undefined;
  /** Adds a version; the same text with the same references keeps the id that it has under another subject. */
  add(subject: string, schema: string, references: readonly SchemaReference[]): { id: number; version: number };
  /** Runs `work` while no other connection can write; undone if it throws. */
  exclusively<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the tables, making the file and its folder where they are missing.
 * @throws EventQLError `REGISTRY_UNAVAILABLE` where the file can't be used; so do all its functions.
 */
export function openSchemaStore(file: string): SchemaStore {
  const database = guarded(file, () => openDatabase(file));
  const all = (sql: string, ...values: (string | number)[]): readonly Row[] =>
    guarded(file, () => database.prepare(sql).all(...values));
  const schemas = (sql: string, ...values: (string | number)[]): readonly RegisteredSchema[] =>
    all(sql, ...values).map(toRegisteredSchema);
  const store: SchemaStore = {
    subjects: () => all("SELECT DISTINCT subject FROM registry_versions").map((row) => String(row["subject"])),
    versions: (subject) => schemas(`${VERSIONS} ORDER BY version`, subject),
    version: (subject, version) => schemas(`${VERSIONS} AND version = ?`, subject, version)[0],
    newest: (subject) => schemas(`${VERSIONS} ORDER BY version DESC LIMIT 1`, subject)[0],
    newestVersions: () => all(NEWEST_VERSIONS).map(toNewestVersion),
    byId: (id) => all("SELECT schema, schema_references FROM registry_schemas WHERE id = ?", id).map(toSchemaText)[0],
    find: (subject, schema, references) =>
      schemas(`${VERSIONS} AND fingerprint = ?`, subject, fingerprint(schema, references))[0],
    add: (subject, schema, references) => {
      const key = fingerprint(schema, references);
      const insert = "INSERT INTO registry_schemas (fingerprint, schema, schema_references) VALUES (?, ?, ?)";
      all(`${insert} ON CONFLICT DO NOTHING`, key, schema, JSON.stringify(references));
      const id = Number(all("SELECT id FROM registry_schemas WHERE fingerprint = ?", key)[0]?.["id"]);
      const version = (store.newest(subject)?.version ?? 0) + 1;
      all("INSERT INTO registry_versions (subject, version, id) VALUES (?, ?, ?)", subject, version, id);
      return { id, version };
    },
    exclusively: (work) => {
      guarded(file, () => database.exec("BEGIN IMMEDIATE"));
      try {
        const result = work();
        guarded(file, () => database.exec("COMMIT"));
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
  return store;
}

function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Turns what SQLite and the file system throw into errors with a code. */
function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new EventQLError(
      "REGISTRY_UNAVAILABLE",
      `The schema registry's file ${file} can't be used: ${messageOf(error)}. Check that the folder exists, has room and may be written.`,
      { cause: error },
    );
  }
}

function toRegisteredSchema(row: Row): RegisteredSchema {
  const { subject, version, id } = row;
  return { subject: String(subject), version: Number(version), id: Number(id), ...toSchemaText(row) };
}

function toNewestVersion({ subject, version, id }: Row): NewestVersion {
  return { subject: String(subject), version: Number(version), id: Number(id) };
}

function toSchemaText({ schema, schema_references: references }: Row): SchemaText {
  return { schemaType: "AVRO", schema: String(schema), references: readReferences(String(references)) };
}
