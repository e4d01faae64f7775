import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { composeFile, composePortVariables, composeProject } from "../../stack/docker.ts";
import { brokerSettings, clusterId } from "../../stack/kafka.ts";
import { compatibility, defaultPorts, registryPath, replicaSet, serverNames, versions } from "../../stack/settings.ts";

const service = z.object({
  image: z.string(),
  ports: z.tuple([z.string()]),
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }),
});

const compose = z
  .object({
    name: z.string(),
    services: z.object({ kafka: service, registry: service, mongo: service }),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(readFileSync(composeFile, "utf8")));

const { kafka, registry, mongo } = compose.services;

describe("docker-compose.yml", () => {
  it("has the project name of npm run stack", () => {
    expect(compose.name).toBe(composeProject);
  });

  it.each(serverNames)("gives %s the version and, on this machine alone, the port of the native way", (name) => {
    const { image, ports } = compose.services[name];
    expect(image.split(":")[1]).toBe(versions[name]);
    const published = `127.0.0.1:\${${composePortVariables[name]}:-${defaultPorts[name]}}:`;
    expect(ports[0].slice(0, published.length)).toBe(published);
  });

  it("gives the broker the settings of the native way", () => {
    const expected = Object.entries(brokerSettings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll(".", "_")}`,
      value,
    ]);
    expect(kafka.environment).toMatchObject(Object.fromEntries(expected));
    expect(kafka.environment["CLUSTER_ID"]).toBe(clusterId);
  });

  it("advertises the broker to this machine by the published port, and to containers by its name", () => {
    const advertised = `PLAINTEXT://127.0.0.1:\${${composePortVariables.kafka}:-${defaultPorts.kafka}},INTERNAL://kafka:19092`;
    expect(kafka.environment["KAFKA_ADVERTISED_LISTENERS"]).toBe(advertised);
    expect(registry.environment["KAFKA_BOOTSTRAP_SERVERS"]).toBe("kafka:19092");
  });

  it("gives the registry the level of the native way and checks the API that EventQL uses", () => {
    expect(registry.environment["REGISTRY_RULES_GLOBAL_COMPATIBILITY"]).toBe(compatibility);
    expect(registry.healthcheck.test.at(-1)).toBe(`http://localhost:${defaultPorts.registry}${registryPath}/subjects`);
  });

  it("makes mongod a replica set whose member has one port inside and outside", () => {
    const port = `\${${composePortVariables.mongo}:-${defaultPorts.mongo}}`;
    expect(mongo.command.slice(1, 5)).toEqual(["--replSet", replicaSet, "--port", port]);
    expect(mongo.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    const script = mongo.healthcheck.test.at(-1);
    expect(script).toContain(`const host = "127.0.0.1:${port}"`);
    expect(script).toContain(`_id: "${replicaSet}"`);
  });

  it("keeps data in volumes that it declares", () => {
    const used = [...kafka.volumes, ...mongo.volumes].map((volume) => volume.split(":")[0]);
    expect(used).toEqual(["kafka-data", "mongo-data"]);
    expect(Object.keys(compose.volumes)).toEqual(used);
  });
});
