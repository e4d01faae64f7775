import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { parse } from "graphql";
import { z } from "zod";
import { EventQLError, messageOf } from "../../errors.ts";
import type { PersistedOperations } from "./persisted-operations.ts";

/** As Relay's compiler and GraphQL Code Generator write it: documents by their ids. */
const byId = z.record(z.string(), z.string());

/** As Apollo's `generate-persisted-query-manifest` writes it. */
const manifest = z.object({
  format: z.literal("apollo-persisted-query-manifest"),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

const FORMATS = 'an object { "<id>": "<document>" } or an Apollo manifest';

/** A document, and what it is called by. */
interface Named {
  readonly file: string;
  readonly id: string;
  readonly document: string;
}

/**
 * Reads persisted operations: a JSON file of them, or a folder of such files and of `.graphql` files, whose documents are
 * called by the file's name and by the SHA-256 of the text.
 * @throws EventQLError `CONFIG_INVALID`, naming everything that is wrong.
 */
export async function loadOperations(path: string): Promise<PersistedOperations["documents"]> {
  const problems: string[] = [];
  const documents = new Map<string, string>();
  for (const file of await filesOf(path)) {
    for (const { id, document } of await read(file, problems)) {
      const known = documents.get(id);
      if (known !== undefined && known !== document)
        problems.push(`${file} has another operation ${id} than a file before`);
      const wrong = syntaxError(document);
      if (wrong !== undefined) problems.push(`${file} has an operation ${id} that can't be parsed: ${wrong}`);
      documents.set(id, document);
    }
  }
  if (problems.length > 0)
    throw invalid(`The persisted operations are wrong:\n${problems.map((each) => `  ${each}`).join("\n")}`);
  if (documents.size === 0) throw invalid(`persistedOperations.path names ${path}, which has no operations.`);
  return documents;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalid(`persistedOperations.path names ${path}, which does not exist.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && [".json", ".graphql", ".gql"].includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function read(file: string, problems: string[]): Promise<readonly Named[]> {
  const text = await readFile(file, "utf8");
  if (extname(file) !== ".json") {
    const hash = createHash("sha256").update(text).digest("hex");
    return [basename(file, extname(file)), hash].map((id) => ({ file, id, document: text }));
  }
  const content = json(text);
  const apollo = manifest.safeParse(content);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => ({ file, id, document: body }));
  const plain = byId.safeParse(content);
  if (plain.success) return Object.entries(plain.data).map(([id, document]) => ({ file, id, document }));
  problems.push(`${file} is no list of operations: make it ${FORMATS}`);
  return [];
}

/** Undefined: it is none. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function syntaxError(document: string): string | undefined {
  try {
    parse(document);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function invalid(message: string): EventQLError {
  return new EventQLError("CONFIG_INVALID", message);
}
