import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedRegistry } from "../../../src/schema-registry/embedded/embedded-registry.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const REGISTERING = `
  const [file, name] = process.argv.slice(1);
  const { openEmbeddedRegistry } = await import("./src/schema-registry/embedded/embedded-registry.ts");
  const registry = openEmbeddedRegistry({ file });
  for (let count = 0; count < 25; count += 1) {
    await registry.register("shared", JSON.stringify({ type: "record", name: "Shared", doc: name + count, fields: [] }));
    await registry.register("own-" + name, JSON.stringify({ type: "record", name: "Own", doc: String(count), fields: [] }));
  }
  await registry.close();
`;

describe("the embedded registry", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, "data", "eventql.db");
  });
  afterEach(() => folder.remove());

  it("takes what several processes register at once on a new file, and loses none", async () => {
    const names = ["a", "b", "c"];
    await Promise.all(
      names.map((name) => execa("node", ["--input-type=module", "-e", REGISTERING, file, name], { preferLocal: true })),
    );
    const registry = openEmbeddedRegistry({ file });
    const shared = await registry.versions("shared");
    expect(shared.map(({ version }) => version)).toEqual(Array.from({ length: 75 }, (_, index) => index + 1));
    expect(new Set(shared.map(({ id }) => id)).size).toBe(75);
    for (const name of names) expect(await registry.versions(`own-${name}`)).toHaveLength(25);
    await registry.close();
  });

  it("keeps everything across a restart", async () => {
    const first = openEmbeddedRegistry({ file });
    const registration = await first.register("s", '{"type":"record","name":"R","fields":[]}');
    const versions = await first.versions("s");
    await first.close();
    const second = openEmbeddedRegistry({ file });
    expect(await second.versions("s")).toEqual(versions);
    expect(await second.register("s", '{"type":"record","name":"R","fields":[]}')).toEqual(registration);
    await second.close();
  });

  it("leaves no trace of a schema that it refuses", async () => {
    const registry = openEmbeddedRegistry({ file });
    await registry.register("s", '"int"');
    await expect(registry.register("s", '"string"')).rejects.toMatchObject({ code: "SCHEMA_INCOMPATIBLE" });
    expect(await registry.register("other", '"long"')).toEqual({ id: 2, version: 1 });
    await registry.close();
  });

  it("says that its file can't be used", async () => {
    writeFileSync(join(folder.path, "text"), "no database, but rather a text of some length".repeat(100));
    expect(() => openEmbeddedRegistry({ file: join(folder.path, "text") })).toThrow(/can't be used.*not a database/);
    expect(() => openEmbeddedRegistry({ file: folder.path })).toThrow(
      expect.objectContaining({ code: "REGISTRY_UNAVAILABLE" }),
    );
    expect(readFileSync(join(folder.path, "text"), "utf8")).toMatch(/^no database/);
  });

  it("fails with a code once it's closed, and closes twice", async () => {
    const registry = openEmbeddedRegistry({ file });
    await registry.close();
    await registry.close();
    await expect(registry.ping()).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });
});
