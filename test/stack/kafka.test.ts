import { expect, it } from "vitest";
import { brokerSettings, clusterId, serverProperties } from "../../stack/kafka.ts";

it("writes a broker's settings with its ports and its data folder", () => {
  const lines = serverProperties("/data/kafka", 9092, 19_093).split("\n");
  expect(lines).toContain("listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:19093");
  expect(lines).toContain("advertised.listeners=PLAINTEXT://127.0.0.1:9092");
  expect(lines).toContain("controller.quorum.voters=1@127.0.0.1:19093");
  expect(lines).toContain("log.dirs=/data/kafka/logs");
  for (const [name, value] of Object.entries(brokerSettings)) expect(lines).toContain(`${name}=${value}`);
});

it("never lets a broker make topics by itself, and allows short sessions", () => {
  expect(brokerSettings).toMatchObject({ "auto.create.topics.enable": "false", "group.min.session.timeout.ms": "500" });
});

it("has a cluster id of 16 bytes, as Kafka demands", () => {
  expect(Buffer.from(clusterId, "base64url")).toHaveLength(16);
});
