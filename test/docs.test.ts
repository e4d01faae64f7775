import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { gatherCatalog } from "../src/catalog/gather.ts";
import { settings } from "../src/config/settings.ts";
import { buildSchema } from "../src/graphql/build-schema.ts";
import { printSdl } from "../src/graphql/print-schema.ts";
import { defaultLimits } from "../src/graphql/services.ts";
import { openEmbeddedRegistry } from "../src/schema-registry/embedded/embedded-registry.ts";
import { registerFolder } from "../src/schema-registry/register-folder.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

async function page(path: string): Promise<string> {
  return await readFile(new URL(`../${path}`, import.meta.url), "utf8");
}

describe("docs/configuration.md", () => {
  test("has a row for every setting, with its flag and its variable, and no other", async () => {
    const rows = [...(await page("docs/configuration.md")).matchAll(/^\| `([\w.]+)` *\|([^|]*)\|([^|]*)\|/gm)];
    const unquoted = (text: string | undefined): string => (text ?? "").replaceAll("`", "").trim();
    expect(rows.map(([, path, flag, env]) => [path, unquoted(flag), unquoted(env)])).toEqual(
      settings.map(({ path, flag = "", env = "" }) => [path, flag, env]),
    );
  });
});

describe("docs/mapping.md", () => {
  test("shows the example's schema as it is", async () => {
    const [, shown = ""] = /```json\n(.*?)```/s.exec(await page("docs/mapping.md")) ?? [];
    expect(JSON.parse(shown)).toEqual(JSON.parse(await page("schemas/appuser/UserChanged.avsc")));
  });

  test("shows what the schemas give", async () => {
    const folder = await temporaryFolder();
    const registry = openEmbeddedRegistry({ file: join(folder.path, "registry.db") });
    await registerFolder(registry, fileURLToPath(new URL("../schemas", import.meta.url)));
    const sdl = printSdl(buildSchema({ catalog: await gatherCatalog(registry), limits: defaultLimits }));
    await registry.close();
    await folder.remove();
    const [, shown = ""] = /```graphql\n(.*?)```/s.exec(await page("docs/mapping.md")) ?? [];
    const bare = (text: string): string =>
      text
        .replaceAll(/"""[\s\S]*?"""/g, "")
        .replaceAll(/\s+/g, " ")
        .trim();
    expect(bare(sdl)).toContain(bare(shown));
  });
});

test("every page that the README names exists", async () => {
  const links = [...(await page("README.md")).matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path = ""]) => path);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links.filter((path) => path.endsWith(".md"))) expect(await page(link)).not.toBe("");
});
