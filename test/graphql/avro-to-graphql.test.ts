import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { validateSchema } from "graphql";
import { describe, expect, it } from "vitest";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { buildSchema } from "../../src/graphql/build-schema.ts";
import { printSdl } from "../../src/graphql/print-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

/** Folders of `test/golden/catalog` whose schemas stand alone: `<subject>.avsc`, newer versions `<subject>@2.avsc`. */
const CASES = ["appuser", "columns", "no-hints", "recursive", "same-short-names", "types", "union-by-topic"];

describe("the GraphQL API of the Avro schemas", () => {
  it.each(CASES)("%s", async (name) => {
    const folder = join(import.meta.dirname, "../golden/catalog", name);
    const files = (await readdir(folder)).filter((file) => file.endsWith(".avsc")).sort();
    const registry = new FakeRegistry();
    for (const file of files) {
      const [subject = ""] = file.slice(0, -".avsc".length).split("@");
      const schema: unknown = JSON.parse(await readFile(join(folder, file), "utf8"));
      await registry.add(subject, schema, []);
    }
    const schema = buildSchema({ catalog: await gatherCatalog(registry), limits: defaultLimits });
    expect(validateSchema(schema)).toEqual([]);
    await expect(printSdl(schema)).toMatchFileSnapshot(`../golden/graphql/avro/${name}.graphql`);
  });
});
