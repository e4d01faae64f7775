import { tidyRegistry } from "../schema-registry/tidy-registry.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { type RegistryUnderTest, schemaRegistryContract } from "./schema-registry.ts";

async function make(): Promise<RegistryUnderTest> {
  const { open, tidy } = tidyRegistry(realStack().registryUrl);
  const registry = open();
  return {
    registry,
    open,
    dispose: async () => {
      await tidy();
      await registry.close();
    },
  };
}

describeReal("on the real stack", () =>
  schemaRegistryContract("Confluent's API", make, {
    changesBehindReferences: "Apicurio 2.6 compares the texts alone",
    oneVersionOfRacers: "Apicurio 2.6 does not serialise registrations",
  }),
);
