import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { readSchemaFolder, registerFolder } from "../../src/schema-registry/register-folder.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function record(name: string, ...fields: readonly (readonly [string, unknown, object?])[]): string {
  return JSON.stringify({
    type: "record",
    name,
    namespace: "shop",
    fields: fields.map(([field, type, attributes]) => ({ name: field, type, ...attributes })),
  });
}

describe("registering a folder of schemas", () => {
  let home: Awaited<ReturnType<typeof temporaryFolder>>;
  let folder: string;
  let registry: SchemaRegistry;

  beforeEach(async () => {
    home = await temporaryFolder();
    folder = join(home.path, "schemas");
    await mkdir(folder);
    registry = openEmbeddedRegistry({ file: join(home.path, "registry.db") });
  });
  afterEach(async () => {
    await registry.close();
    await home.remove();
  });

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }

  async function refusal(): Promise<EventQLError> {
    try {
      await registerFolder(registry, folder);
    } catch (error) {
      if (error instanceof EventQLError) return error;
    }
    return expect.unreachable("the folder must be refused");
  }

  /** The lines of a refusal, with paths below the folder. */
  async function mistakes(): Promise<readonly string[]> {
    const { message } = await refusal();
    return message
      .split("\n  - ")
      .slice(1)
      .map((line) => line.replaceAll(`${folder}/`, ""));
  }

  it("registers each file under its topic and full name, and says so", async () => {
    await write({
      "orders/OrderPlaced.avsc": record("OrderPlaced", ["total", "int"]),
      "orders/OrderShipped.avsc": record("OrderShipped"),
      "orders.commands/PlaceOrder.avsc": record("PlaceOrder"),
      "orders/README.md": "not a schema",
      "empty/.keep": "",
    });
    const told: string[] = [];
    const { topics, files } = await registerFolder(registry, folder, ({ subject }) => void told.push(subject));

    expect(topics).toEqual(["orders", "orders.commands"]);
    expect(told).toEqual(["orders-shop.OrderPlaced", "orders-shop.OrderShipped", "orders.commands-shop.PlaceOrder"]);
    expect(await registry.subjects()).toEqual(told.toSorted());
    expect(files[0]).toMatchObject({
      file: join(folder, "orders/OrderPlaced.avsc"),
      topic: "orders",
      fullName: "shop.OrderPlaced",
      version: 1,
      id: 1,
    });
  });

  it("changes nothing when it's done again, reformatted files included", async () => {
    await write({ "orders/OrderPlaced.avsc": record("OrderPlaced", ["total", "int"]) });
    const { files } = await registerFolder(registry, folder);
    await write({
      "orders/OrderPlaced.avsc": JSON.stringify(JSON.parse(record("OrderPlaced", ["total", "int"])), undefined, 4),
    });
    const again = await registerFolder(registry, folder);
    expect(again.files.map(({ id, version }) => ({ id, version }))).toEqual(
      files.map(({ id, version }) => ({ id, version })),
    );
  });

  it("registers the types that a file uses first, as its references", async () => {
    await write({
      "a/Order.avsc": record("Order", ["to", "shop.Address"], ["also", "shop.City"]),
      "b/Address.avsc": record("Address", ["city", "City"]),
      "c/City.avsc": record("City", ["name", "string"]),
    });
    const { files } = await registerFolder(registry, folder);
    expect(files.map(({ fullName }) => fullName)).toEqual(["shop.City", "shop.Address", "shop.Order"]);
    expect((await registry.versions("a-shop.Order"))[0]?.references).toEqual([
      { name: "shop.Address", subject: "b-shop.Address", version: 1 },
      { name: "shop.City", subject: "c-shop.City", version: 1 },
    ]);
  });

  it("registers a new version of what uses a type that has changed", async () => {
    await write({ "a/Order.avsc": record("Order", ["to", "shop.Address"]), "a/Address.avsc": record("Address") });
    await registerFolder(registry, folder);
    await write({ "a/Address.avsc": record("Address", ["zip", "string", { default: "" }]) });
    await registerFolder(registry, folder);
    expect((await registry.versions("a-shop.Order")).map(({ references }) => references[0]?.version)).toEqual([1, 2]);
  });

  it("reads files and folders through links, as a mounted volume has them", async () => {
    await write({ "..data/Order.avsc": record("Order") });
    await symlink(join(folder, "..data"), join(folder, "orders"));
    expect((await readSchemaFolder(folder)).files.map(({ subject }) => subject)).toEqual(["orders-shop.Order"]);
  });

  it("reports all mistakes of all files at once, and registers none", async () => {
    await write({
      "good/Good.avsc": record("Good"),
      "bad/A.avsc": "{",
      "bad/B.avsc": '{"type":"enum","name":"B","symbols":["X"]}',
      "bad/C.avsc": record("C", ["age", "integer"], ["x", "int", { default: "no" }], ["x", "int"], ["2", "int"]),
      "bad/D.avsc": record("D", ["list", { type: "array", items: "shop.Nowhere" }]),
      "Loose.avsc": record("Loose"),
      "no topic!/E.avsc": record("E"),
      "deep/er/F.avsc": record("F"),
    });
    expect(await mistakes()).toEqual([
      expect.stringMatching(/^Loose\.avsc: stands in no topic's folder/),
      expect.stringMatching(/^deep\/er: a topic's folder has no folders/),
      expect.stringMatching(/^no topic!: no legal name of a topic/),
      expect.stringMatching(/^bad\/A\.avsc: not JSON/),
      expect.stringMatching(/^bad\/B\.avsc: not a record/),
      expect.stringMatching(/^bad\/C\.avsc: field `x`: the default "no" is no int/),
      expect.stringMatching(/^bad\/C\.avsc: field `x`: .*twice/),
      expect.stringMatching(/^bad\/C\.avsc: field 4 has no legal name/),
      expect.stringMatching(/^bad\/C\.avsc: field `age`: no type is named shop\.integer/),
      expect.stringMatching(/^bad\/D\.avsc: field `list\[\]`: no type is named shop\.Nowhere/),
    ]);
    expect(await refusal()).toMatchObject({ code: "SCHEMA_INVALID" });
    expect(await registry.subjects()).toEqual([]);
  });

  it("reports a name that several files define, unless one stands in the same topic", async () => {
    const files = { "a/Address.avsc": record("Address"), "b/Address.avsc": record("Address") };
    await write({ ...files, "a/Order.avsc": record("Order", ["to", "shop.Address"]) });
    expect((await readSchemaFolder(folder)).files.at(-2)?.uses ?? []).toEqual(["a-shop.Address"]);
    await write({ "c/Order.avsc": record("Order", ["to", "shop.Address"]) });
    expect(await mistakes()).toEqual([expect.stringMatching(/`to`.*a\/Address\.avsc, b\/Address\.avsc/)]);
  });

  it("reports files that use each other", async () => {
    await write({ "a/A.avsc": record("A", ["b", "shop.B"]), "a/B.avsc": record("B", ["a", "shop.A"]) });
    expect(await mistakes()).toEqual([expect.stringContaining("a/A.avsc → a/B.avsc → a/A.avsc")]);
  });

  it("reports two files of a topic with one name", async () => {
    await write({ "a/A.avsc": record("A"), "a/B.avsc": record("A") });
    expect(await mistakes()).toEqual(["a/B.avsc: shop.A is defined by a/A.avsc too: keep one"]);
  });

  it("reports a type that is used before its definition in the same file", async () => {
    await write({ "a/A.avsc": record("A", ["x", "shop.X"], ["y", JSON.parse(record("X"))]) });
    expect(await mistakes()).toEqual([expect.stringMatching(/`x`: shop\.X is used before its definition/)]);
  });

  it("reports all that the registry refuses, by file and field, and registers the rest", async () => {
    await write({
      "a/A.avsc": record("A", ["x", "int"]),
      "a/B.avsc": record("B", ["x", "int"]),
      "a/C.avsc": record("C"),
      "a/D.avsc": record("D", ["a", "shop.A"]),
    });
    await registerFolder(registry, folder);
    await write({
      "a/A.avsc": record("A", ["x", "string"], ["y", "int"]),
      "a/B.avsc": record("B", ["x", "boolean"]),
      "a/C.avsc": record("C", ["new", "int", { default: 1 }]),
    });
    expect(await mistakes()).toEqual([
      expect.stringMatching(/^a\/A\.avsc: field `x`: int can't be read as string/),
      expect.stringMatching(/^a\/A\.avsc: field `y`: .*no default/),
      expect.stringMatching(/^a\/B\.avsc: field `x`: int can't be read as boolean/),
    ]);
    expect(await refusal()).toMatchObject({ code: "SCHEMA_INCOMPATIBLE" });
    expect(await registry.versions("a-shop.C")).toHaveLength(2);
    expect(await registry.versions("a-shop.A")).toHaveLength(1);
    expect(await registry.versions("a-shop.D")).toHaveLength(1);
  });

  it("takes an empty folder, and names one that is missing", async () => {
    expect(await registerFolder(registry, folder)).toEqual({ topics: [], files: [] });
    const missing = join(home.path, "nowhere");
    await expect(registerFolder(registry, missing)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(missing),
    });
  });

  it("takes the example domain", async () => {
    expect((await registerFolder(registry, "schemas")).topics).toContain("appuser");
  });
});
