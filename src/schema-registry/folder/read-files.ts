import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { EventQLError, messageOf } from "../../errors.ts";
import type { FileMistake, FileText } from "./schema-file.ts";
import { withoutComments } from "./without-comments.ts";

/** The ending of an Avro schema's file. */
const ENDING = ".avsc";

/** What Kafka takes as a topic's name. */
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

/** What stands in a folder. */
export interface FolderText {
  readonly texts: readonly FileText[];
  readonly mistakes: readonly FileMistake[];
}

/**
 * Reads `<folder>/<topic>/<Event>.avsc`, sorted. Other files, and names that begin with a dot, are passed over.
 * @throws EventQLError `CONFIG_INVALID` where the folder doesn't exist or can't be read.
 */
export async function readFiles(folder: string): Promise<FolderText> {
  const texts: FileText[] = [];
  const mistakes: FileMistake[] = [];
  for (const { name: topic, path, isFolder } of await list(folder, folder)) {
    if (!isFolder && topic.endsWith(ENDING))
      mistakes.push({ file: path, text: `stands in no topic's folder: move it to ${join(folder, "<topic>", topic)}` });
    if (!isFolder) continue;
    const files = (await list(folder, path)).filter(({ name, isFolder }) => isFolder || name.endsWith(ENDING));
    if (files.length > 0 && (!TOPIC.test(topic) || topic === ".."))
      mistakes.push({ file: path, text: "no legal name of a topic: use up to 249 letters, digits, dots, _ and -" });
    for (const file of files)
      if (!file.isFolder)
        texts.push({ file: file.path, topic, schema: withoutComments(await readFile(file.path, "utf8")) });
      else if ((await list(folder, file.path)).some(({ name }) => name.endsWith(ENDING)))
        mistakes.push({ file: file.path, text: `a topic's folder has no folders: move its files to ${path}` });
  }
  return { texts, mistakes };
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

async function list(root: string, folder: string): Promise<readonly Entry[]> {
  try {
    const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).toSorted();
    return await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        return { name, path, isFolder: (await stat(path)).isDirectory() };
      }),
    );
  } catch (error) {
    throw new EventQLError(
      "CONFIG_INVALID",
      `The folder of schemas, ${root}, can't be read: ${messageOf(error)}. Make it, or name another.`,
      { cause: error },
    );
  }
}
