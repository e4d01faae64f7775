import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { type RegistryUnderTest, schemaRegistryContract } from "./schema-registry.ts";

async function make(): Promise<RegistryUnderTest> {
  const open = (): SchemaRegistry => openConfluentRegistry({ url: realStack().registryUrl, logger: silentLogger });
  const registry = open();
  return { registry, open, dispose: () => registry.close() };
}

describeReal("on the real stack", () =>
  schemaRegistryContract("Confluent's API", make, {
    changesBehindReferences: "Apicurio 2.6 compares the texts alone",
    oneVersionOfRacers: "Apicurio 2.6 does not serialise registrations",
  }),
);
