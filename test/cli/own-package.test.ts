import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { eventql } from "./run-cli.ts";

it("takes a configuration file that imports eventql where no such package is installed", async () => {
  const folder = await temporaryFolder();
  try {
    const file = 'import { defineConfig } from "eventql";\nexport default defineConfig({ port: 4001 });\n';
    await writeFile(join(folder.path, "eventql.config.ts"), file);
    const { stderr, stdout } = await eventql(["config"], { cwd: folder.path });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^port +4001 +eventql\.config\.ts$/m);
  } finally {
    await folder.remove();
  }
});
