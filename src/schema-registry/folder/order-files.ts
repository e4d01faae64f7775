import type { FileMistake, ParsedFile } from "./schema-file.ts";

/** A file with the files whose types it uses by name. */
export interface LinkedFile extends ParsedFile {
  readonly uses: readonly LinkedFile[];
}

/** Finds the files that define what each file uses, and reports names that no file or several files define. */
export function linkFiles(files: readonly ParsedFile[]): {
  readonly linked: readonly LinkedFile[];
  readonly mistakes: readonly FileMistake[];
} {
  const mistakes: FileMistake[] = [];
  const linked = files.map((file) => ({ ...file, uses: new Array<LinkedFile>() }));
  for (const file of linked)
    for (const { name, path } of file.missing) {
      if (file.defined.includes(name)) continue;
      const definers = nearest(
        file,
        linked.filter(({ defined }) => defined.includes(name)),
      );
      const [definer] = definers;
      if (definer === undefined || definers.length > 1)
        mistakes.push({ file: file.file, text: `field \`${path}\`: ${unresolved(name, definers)}` });
      else if (!file.uses.includes(definer)) file.uses.push(definer);
    }
  return { linked, mistakes };
}

/** A type of the same topic comes before one of another. */
function nearest<T extends ParsedFile>(file: ParsedFile, definers: readonly T[]): readonly T[] {
  const own = definers.filter(({ topic }) => topic === file.topic);
  return own.length > 0 ? own : definers;
}

function unresolved(name: string, definers: readonly ParsedFile[]): string {
  if (definers.length === 0) return `no type is named ${name}: define it here or in another file of the folder`;
  const places = definers.map(({ file }) => file).join(", ");
  return `${name} is defined by several files (${places}): define it in one, or in this topic's folder`;
}

/** Each file after those that it uses; files that use each other in a ring are mistakes, one for each ring. */
export function orderFiles(files: readonly LinkedFile[]): {
  readonly ordered: readonly LinkedFile[];
  readonly mistakes: readonly FileMistake[];
} {
  const ordered = new Set<LinkedFile>();
  const mistakes: FileMistake[] = [];
  const visit = (file: LinkedFile, trail: readonly LinkedFile[]): void => {
    if (ordered.has(file)) return;
    if (trail.includes(file)) return void mistakes.push(ring(trail.slice(trail.indexOf(file))));
    for (const used of file.uses) visit(used, [...trail, file]);
    ordered.add(file);
  };
  for (const file of files) visit(file, []);
  return { ordered: [...ordered], mistakes };
}

function ring(files: readonly LinkedFile[]): FileMistake {
  const [first] = files;
  const path = [...files, ...files.slice(0, 1)].map(({ file }) => file).join(" → ");
  return {
    file: first?.file ?? "",
    text: `these files use each other's types: ${path}. Define one type inside the other`,
  };
}

/** The texts that a file needs, each after those that it needs itself. */
export function textsUsedBy(file: LinkedFile): readonly string[] {
  const texts = new Set<string>();
  const visit = (used: LinkedFile): void => {
    used.uses.forEach(visit);
    texts.add(used.schema);
  };
  file.uses.forEach(visit);
  return [...texts];
}
