import { join } from "node:path";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type RegistryUnderTest, schemaRegistryContract } from "./schema-registry.ts";

async function make(): Promise<RegistryUnderTest> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const registry = openEmbeddedRegistry({ file });
  return {
    registry,
    open: () => openEmbeddedRegistry({ file }),
    dispose: async () => {
      await registry.close();
      await folder.remove();
    },
  };
}

schemaRegistryContract("embedded", make);
