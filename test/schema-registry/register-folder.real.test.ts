import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { registerFolder } from "../../src/schema-registry/register-folder.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { tidyRegistry } from "./tidy-registry.ts";

const record = (name: string, ...types: readonly string[]): string =>
  JSON.stringify({
    type: "record",
    name,
    namespace: "shop",
    fields: types.map((type, index) => ({ name: `f${index}`, type })),
  });

describeReal("registering a folder in a real registry", () => {
  it("registers types that are used on several ways, and changes nothing when it's done again", async () => {
    const { open, tidy } = tidyRegistry(realStack().registryUrl);
    const registry = open();
    const folder = await temporaryFolder();
    const topic = uniqueName("folder");
    try {
      await mkdir(join(folder.path, topic));
      const files = {
        Order: record("Order", "shop.Address", "shop.Customer", "shop.City"),
        Customer: record("Customer", "shop.Address"),
        Address: record("Address", "shop.City"),
        City: record("City", "string"),
      };
      for (const [name, text] of Object.entries(files))
        await writeFile(join(folder.path, topic, `${name}.avsc`), JSON.stringify(JSON.parse(text), undefined, 2));
      const first = await registerFolder(registry, folder.path);
      expect(first.files.map(({ fullName }) => fullName)).toEqual([
        "shop.City",
        "shop.Address",
        "shop.Customer",
        "shop.Order",
      ]);
      expect(await registerFolder(registry, folder.path)).toEqual(first);
      expect((await registry.versions(`${topic}-shop.Order`))[0]?.references).toHaveLength(3);
    } finally {
      await tidy();
      await registry.close();
      await folder.remove();
    }
  });
});
