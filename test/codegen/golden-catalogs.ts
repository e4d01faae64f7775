import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

/** Folders of `test/golden/catalog` whose schemas stand alone: `<subject>.avsc`, newer versions `<subject>@2.avsc`. */
export const CASES: readonly string[] = [
  "appuser",
  "columns",
  "commands",
  "no-hints",
  "recursive",
  "same-short-names",
  "types",
  "union-by-topic",
];

/** A registry with a case's schemas. */
export async function goldenRegistry(name: string): Promise<FakeRegistry> {
  const folder = join(import.meta.dirname, "../golden/catalog", name);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".avsc")).sort();
  const registry = new FakeRegistry();
  for (const file of files) {
    const [subject = ""] = file.slice(0, -".avsc".length).split("@");
    const schema: unknown = JSON.parse(await readFile(join(folder, file), "utf8"));
    await registry.add(subject, schema);
  }
  return registry;
}

/** The catalog of a case's schemas. */
export async function goldenCatalog(name: string): Promise<Catalog> {
  return await gatherCatalog(await goldenRegistry(name));
}
