import { expect, it } from "vitest";
import { openConfluentRegistry } from "../../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";

async function send(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${realStack().registryUrl}${path}`, {
    method,
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
}

describeReal("subjects that EventQL did not write", () => {
  it.each([
    ["JSON", '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}'],
    ["PROTOBUF", 'syntax = "proto3"; message A { string x = 1; }'],
  ])("come back with their type where it is %s", async (schemaType, schema) => {
    const registry = openConfluentRegistry({ url: realStack().registryUrl, logger: silentLogger });
    const subject = uniqueName("foreign");
    await send("POST", `/subjects/${subject}/versions`, { schemaType, schema });
    const [found] = await registry.versions(subject);
    expect(found).toMatchObject({ schemaType, version: 1 });
    await send("DELETE", `/subjects/${subject}`);
    await registry.close();
  });

  it("are absent once they are deleted, and so is a deleted version", async () => {
    const registry = openConfluentRegistry({ url: realStack().registryUrl, logger: silentLogger });
    const subject = uniqueName("foreign");
    const fields = [{ name: "a", type: "int", default: 0 }];
    const version = (count: number): string =>
      JSON.stringify({ type: "record", name: "R", fields: fields.slice(0, count) });
    await registry.register(subject, version(0));
    await registry.register(subject, version(1));
    expect(await registry.versions(subject)).toHaveLength(2);
    await send("DELETE", `/subjects/${subject}/versions/1`);
    expect((await registry.versions(subject)).map((found) => found.version)).toEqual([2]);
    await send("DELETE", `/subjects/${subject}`);
    expect(await registry.subjects()).not.toContain(subject);
    await expect(registry.versions(subject)).rejects.toMatchObject({ code: "SCHEMA_NOT_FOUND" });
    await registry.close();
  });
});
