import { expect, it } from "vitest";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { uniqueName } from "../support/real-stack.ts";
import { name, record } from "./schema-registry-records.ts";

/** What a registry is known not to do, each with the reason. */
export interface KnownLacks {
  /** It compares schemas without what they refer to. */
  readonly changesBehindReferences?: string;
  /** One of several clients that register a text at once may get a version of its own, with the same id. */
  readonly oneVersionOfRacers?: string;
}

/** Schemas that a registry must not take. */
export function describeRefusals(registry: () => SchemaRegistry): void {
  it("refuses an incompatible schema, naming the field and the reason", async () => {
    const subject = uniqueName("contract");
    await registry().register(subject, record("Strict", name));
    const refused = registry().register(subject, record("Strict", name, { name: "email", type: "string" }));

    await expect(refused).rejects.toMatchObject({
      code: "SCHEMA_INCOMPATIBLE",
      message: expect.stringMatching(/`email`.*no default/),
    });
    expect(await registry().versions(subject)).toHaveLength(1);
  });

  it("names every incompatible field, inside others too", async () => {
    const subject = uniqueName("contract");
    const nested = (type: string): object => ({
      name: "address",
      type: { type: "record", name: "Address", fields: [{ name: "zip", type }] },
    });
    await registry().register(subject, record("Nested", { name: "age", type: "int" }, nested("string")));
    const refused = registry().register(subject, record("Nested", { name: "age", type: "string" }, nested("int")));
    await expect(refused).rejects.toThrow(
      /`age`: int can't be read as string[^]*`address.zip`: string can't be read as int/,
    );
  });

  it("compares with the newest version", async () => {
    const subject = uniqueName("contract");
    await registry().register(subject, record("Grown", name));
    await registry().register(subject, record("Grown", name, { name: "age", type: "int", default: 0 }));
    await registry().register(subject, record("Grown", name, { name: "age", type: "int" }));
    expect(await registry().versions(subject)).toHaveLength(3);
  });

  it.each([
    ["is not JSON", '{"type": "record"', /JSON/],
    ["names an unknown type", record("Bad", { name: "age", type: "integer" }), /`age`.*integer/],
    ["has no list of fields", '{"type":"record","name":"Bad"}', /fields/],
  ])("refuses a schema that %s", async (_, text, reason) => {
    const subject = uniqueName("contract");
    const refused = registry().register(subject, text);
    await expect(refused).rejects.toMatchObject({ code: "SCHEMA_INVALID", message: expect.stringMatching(reason) });
    expect(await registry().subjects()).not.toContain(subject);
  });
}

/** Schemas that refer to others. */
export function describeReferences(registry: () => SchemaRegistry, lacks: KnownLacks): void {
  it("resolves references, and theirs", async () => {
    const [city, address, person] = ["city", "address", "person"].map((prefix) => uniqueName(prefix));
    if (city === undefined || address === undefined || person === undefined) throw new TypeError("three names");
    await registry().register(city, record("City", name));
    const toCity = { name: "contract.City", subject: city, version: 1 };
    const addressText = record("Address", { name: "city", type: "contract.City" });
    await registry().register(address, addressText, [toCity]);
    const toAddress = { name: "contract.Address", subject: address, version: 1 };
    const personText = record("Person", { name: "home", type: "contract.Address" });
    const { id } = await registry().register(person, personText, [toAddress]);

    const [found] = await registry().versions(person);
    expect(found).toMatchObject({ schema: personText, references: [toAddress] });
    expect(await registry().byId(id)).toMatchObject({ schema: personText, references: [toAddress] });
    expect(await registry().register(person, personText, [toAddress])).toEqual({ id, version: 1 });
  });

  it.skipIf(lacks.changesBehindReferences !== undefined)(
    "refuses a change of what a schema refers to that its readers can't read, naming the field",
    async () => {
      const [address, person] = [uniqueName("address"), uniqueName("person")];
      const personText = record("Person", { name: "home", type: "contract.Address" });
      await registry().register(address, record("Address", name));
      await registry().register(person, personText, [{ name: "contract.Address", subject: address, version: 1 }]);
      await registry().register(address, record("Address", { name: "zip", type: "string", default: "" }));
      await registry().register(address, record("Address", { name: "zip", type: "string" }));
      const changed = registry().register(person, personText, [
        { name: "contract.Address", subject: address, version: 3 },
      ]);
      await expect(changed).rejects.toMatchObject({
        code: "SCHEMA_INCOMPATIBLE",
        message: expect.stringMatching(/home\.zip/),
      });
    },
  );

  it("refuses a reference to what doesn't exist", () => {
    const nowhere = { name: "contract.Address", subject: uniqueName("nobody"), version: 1 };
    const text = record("Person", { name: "home", type: "contract.Address" });
    return expect(registry().register(uniqueName("person"), text, [nowhere])).rejects.toMatchObject({
      code: "SCHEMA_INVALID",
    });
  });
}
