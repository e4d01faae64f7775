import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeConfig } from "../../src/config/describe-config.ts";
import { loadConfig } from "../../src/config.ts";
import { maskUrl } from "../../src/config/masking.ts";

describe("a described configuration", () => {
  it("names each setting, its value and its source", async () => {
    const config = await loadConfig({ flags: { port: "1" }, env: { EVENTQL_TOPICS: "a,b" }, cwd: tmpdir() });
    const described = describeConfig(config);
    expect(described).toContainEqual({ path: "port", value: "1", source: "--port" });
    expect(described).toContainEqual({ path: "topics", value: "a,b", source: "EVENTQL_TOPICS" });
    expect(described).toContainEqual({ path: "mongodb.database", value: "eventql", source: "default" });
  });

  it("holds no secret", async () => {
    const env = {
      KAFKA_SASL_USERNAME: "ann",
      KAFKA_SASL_PASSWORD: "s3cret",
      SCHEMA_REGISTRY_URL: "https://key:s3cret@registry.example/v7",
      MONGODB_URL: "mongodb://ann:s3cret@a:1,b:2/?tlsCertificateKeyFilePassword=s3cret&replicaSet=rs0",
    };
    const text = JSON.stringify(describeConfig(await loadConfig({ flags: {}, env, cwd: tmpdir() })));
    expect(text).not.toContain("s3cret");
    expect(text).toContain("https://***@registry.example/v7");
    expect(text).toContain("mongodb://***@a:1,b:2/?tlsCertificateKeyFilePassword=***&replicaSet=rs0");
  });
});

it("masks any password of a URL", () => {
  const password = fc.stringMatching(/^[\w.:!$'()*+,;=~@-]{4,20}$/);
  fc.assert(
    fc.property(password, (secret) => {
      expect(maskUrl(`mongodb://user:<${secret}>@host/db`)).toBe("mongodb://***@host/db");
    }),
  );
});

it.each(["https://key:s3/cret@host:8081", "mongodb://ann:s3#cr?et@host/db", "https://key:s3\ncret@host"])(
  "masks a password with characters that should have been escaped: %j",
  (url) => {
    expect(maskUrl(url)).toMatch(/^\w+:\/\/\*\*\*@host[:/\w]*$/);
  },
);

it("leaves a URL without credentials as it is", () => {
  expect(maskUrl("mongodb://127.0.0.1:27017/?replicaSet=rs0")).toBe("mongodb://127.0.0.1:27017/?replicaSet=rs0");
});
