import type { TestProject } from "vitest/node";

export default function setup(project: TestProject): void {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, MONGODB_URL } = process.env;
  if (KAFKA_BROKERS !== undefined && SCHEMA_REGISTRY_URL !== undefined && MONGODB_URL !== undefined)
    project.provide("realStack", { brokers: KAFKA_BROKERS, registryUrl: SCHEMA_REGISTRY_URL, mongoUrl: MONGODB_URL });
  else project.provide("realStack", { unavailable: "not started" });
}
