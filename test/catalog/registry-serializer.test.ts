import { AvroSerializer, SchemaRegistryClient, SerdeType, SubjectNameStrategyType } from "@confluentinc/schemaregistry";
import { expect, it } from "vitest";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import type { SchemaReference, SchemaRegistry, SchemaText } from "../../src/schema-registry/schema-registry.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { record } from "./codec/codec-harness.ts";

/** The schemas of a real registry by their ids. */
class RealSchemas extends FakeRegistry implements SchemaRegistry {
  readonly #client: SchemaRegistryClient;

  constructor(client: SchemaRegistryClient) {
    super();
    this.#client = client;
  }

  override async byId(id: number): Promise<SchemaText | undefined> {
    const { schema, references = [], schemaType = "AVRO" } = await this.#client.getBySubjectAndId("", id);
    return { schema, schemaType, references: references.filter((each): each is SchemaReference => "name" in each) };
  }
}

async function catalogOf(topic: string, schema: unknown): Promise<Catalog> {
  const registry = new FakeRegistry();
  await registry.add(`${topic}-value`, schema);
  return gatherCatalog(registry);
}

describeReal("an event of the registry's own serializer", () => {
  it("is decoded", async () => {
    const { registryUrl } = realStack();
    const client = new SchemaRegistryClient({ baseURLs: [registryUrl], createAxiosDefaults: { timeout: 10_000 } });
    const topic = uniqueName("serializer");
    const schema = record({
      first_name: "string",
      age: { of: ["null", "int"], default: null },
      tags: { type: "array", items: "string" },
      scores: { type: "map", values: "double" },
      at: { type: "long", logicalType: "timestamp-millis" },
    });
    await client.register(`${topic}-value`, { schemaType: "AVRO", schema: JSON.stringify(schema) });
    const serializer = new AvroSerializer(client, SerdeType.VALUE, {
      useLatestVersion: true,
      subjectNameStrategyType: SubjectNameStrategyType.TOPIC,
    });
    const event = { first_name: "Ada", age: 36, tags: ["x"], scores: { b: 1, a: 0.5 }, at: 1_700_000_000_000 };
    const bytes = await serializer.serialize(topic, event);

    const catalog = await catalogOf(topic, schema);
    const codec = createCodec(new RealSchemas(client), () => catalog);
    const unprepared = codec.decode(topic, bytes);
    if (unprepared.status === "unprepared") await codec.prepare(topic, unprepared.schemaId);
    expect(codec.decode(topic, bytes)).toMatchObject({
      status: "decoded",
      payload: {
        first_name: "Ada",
        age: 36,
        tags: ["x"],
        scores: [
          { key: "a", value: 0.5 },
          { key: "b", value: 1 },
        ],
        at: new Date(1_700_000_000_000),
      },
    });
    await client.deleteSubject(`${topic}-value`);
    await client.close();
  });
});
