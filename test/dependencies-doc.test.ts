import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";

const packageSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

test("each dependency has its sentence in docs/dependencies.md, and each sentence its dependency", async () => {
  const manifest = packageSchema.parse(JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")));
  const page = await readFile(new URL("../docs/dependencies.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `([^`]+)`\s*\| (\S.*) \|$/gm)].map(([, name]) => name);
  expect(documented.toSorted((a = "", b = "") => a.localeCompare(b, "en"))).toEqual(
    Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).toSorted((a, b) => a.localeCompare(b, "en")),
  );
});
