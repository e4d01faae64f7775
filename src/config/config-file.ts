import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { EventQLError, messageOf } from "../errors.ts";
import { type LoadedFile, isTree } from "./sources.ts";

const NAMES = ["eventql.config.ts", "eventql.config.mts", "eventql.config.js", "eventql.config.mjs"];

/**
 * Loads the configuration file: the named one, else the first of the usual names that the folder has.
 * @throws EventQLError `CONFIG_INVALID` where the named one is missing, it doesn't run, or exports no object.
 */
export async function loadConfigFile(cwd: string, named: string | undefined): Promise<LoadedFile | undefined> {
  const path = named === undefined ? await firstOf(cwd) : resolve(cwd, named);
  if (path === undefined) return undefined;
  if (!(await exists(path))) throw invalid(`There is no file ${named ?? path}: give the path of an eventql.config.ts.`);
  const name = basename(path);
  const loaded = await load(path, name);
  const content: unknown = isTree(loaded) ? loaded["default"] : undefined;
  if (isTree(content)) return { name, content };
  throw invalid(`${name} has no configuration: write "export default defineConfig({ … })".`);
}

async function load(path: string, name: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw invalid(`${name} can't be run: ${messageOf(error)}`, error);
  }
}

async function firstOf(folder: string): Promise<string | undefined> {
  for (const name of NAMES) {
    const path = resolve(folder, name);
    if (await exists(path)) return path;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string, cause?: unknown): EventQLError {
  return new EventQLError("CONFIG_INVALID", message, { cause });
}
