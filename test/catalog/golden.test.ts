import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import type { CatalogHints } from "../../src/catalog/hints.ts";
import { isEventQLError } from "../../src/errors.ts";
import type { SchemaReference } from "../../src/schema-registry/schema-registry.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { renderCatalog } from "./support/render-catalog.ts";

const folder = join(import.meta.dirname, "../golden/catalog");
const cases = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());

/** What a file may hold beside its schema: whether registered after others, and what it refers to. */
interface SchemaFile {
  readonly subject: string;
  readonly version: number;
  readonly schema: unknown;
  readonly references: readonly SchemaReference[];
}

/** A case's schemas: `<subject>.avsc`, newer versions `<subject>@2.avsc`; those without references come first. */
async function readCase(name: string): Promise<readonly SchemaFile[]> {
  const names = (await readdir(join(folder, name))).filter((file) => file.endsWith(".avsc"));
  const references = await readJson(name, "references.json");
  const files = names.sort().map(async (file): Promise<SchemaFile> => {
    const [subject = "", version = "1"] = file.slice(0, -".avsc".length).split("@");
    const schema: unknown = JSON.parse(await readFile(join(folder, name, file), "utf8"));
    return { subject, version: Number(version), schema, references: referencesOf(references, subject) };
  });
  return (await Promise.all(files)).sort((a, b) => a.references.length - b.references.length || a.version - b.version);
}

function referencesOf(json: unknown, subject: string): readonly SchemaReference[] {
  if (typeof json !== "object" || json === null || !(subject in json)) return [];
  const names: unknown = Reflect.get(json, subject);
  return Array.isArray(names) ? names.map((name) => ({ name: String(name), subject: String(name), version: 1 })) : [];
}

async function readJson(name: string, file: string): Promise<unknown> {
  const text = await readFile(join(folder, name, file), "utf8").catch(() => "null");
  return JSON.parse(text);
}

function isHints(value: unknown): value is CatalogHints {
  return typeof value === "object" && value !== null;
}

describe("the catalog of", () => {
  it.each(cases.map(({ name }) => name))("%s", async (name) => {
    const registry = new FakeRegistry();
    for (const { subject, schema, references } of await readCase(name)) await registry.add(subject, schema, references);
    const hints = await readJson(name, "hints.json");
    const outcome = await gatherCatalog(registry, isHints(hints) ? { hints } : {}).then(
      renderCatalog,
      (error: unknown) => (isEventQLError(error) ? { [error.code]: error.message.split("\n") } : Promise.reject(error)),
    );
    await expect(`${JSON.stringify(outcome, null, 2)}\n`).toMatchFileSnapshot(join(folder, name, "catalog.json"));
  });
});
