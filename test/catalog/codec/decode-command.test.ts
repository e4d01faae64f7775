import { beforeEach, describe, expect, it } from "vitest";
import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import type { CommandCodec } from "../../../src/catalog/codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import type { Catalog, CommandType } from "../../../src/catalog/types.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";
import { message, record } from "./codec-harness.ts";

describe("a command's bytes", () => {
  let registry: FakeRegistry;
  let catalog: Catalog;
  let codec: CommandCodec;
  let first: number;

  beforeEach(async () => {
    registry = new FakeRegistry();
    await registry.add("things-Made", record({ n: "int" }, "Made"));
    first = await registry.add("things.commands-Make", record({ n: "int" }, "Make"));
    const added = { of: "string", default: "none" };
    await registry.add("things.commands-Make", record({ n: "long", note: added }, "Make"));
    catalog = await gatherCatalog(registry);
    codec = createCodec(registry, () => catalog);
  });

  const make = (): CommandType => {
    const [commandType] = catalog.commands;
    if (commandType === undefined) throw new TypeError("there is no command");
    return commandType;
  };

  it("come back as they were encoded, once their schema is at hand", async () => {
    const value = codec.encode(make(), { n: 5n });
    expect(codec.decodeCommand("things", value)).toEqual({ status: "unprepared", schemaId: make().schemaId });
    await codec.prepare("things", make().schemaId);
    expect(codec.decodeCommand("things", value)).toStrictEqual({
      status: "decoded",
      commandType: make(),
      payload: { n: 5n, note: "none" },
    });
  });

  it("of an older version are upcast", async () => {
    await codec.prepare("things", first);
    expect(codec.decodeCommand("things", message(first, Uint8Array.of(6)))).toMatchObject({
      payload: { n: 3n, note: "none" },
    });
  });

  it("are no event's, nor those of another topic's command", async () => {
    const value = codec.encode(make(), { n: 5n });
    await codec.prepare("things", make().schemaId);
    const unknown = { status: "undecodable", code: "EVENT_TYPE_UNKNOWN" };
    expect(codec.decode("things", value)).toMatchObject({
      ...unknown,
      reason: expect.stringContaining("Topic things has no event type Make"),
    });
    expect(codec.decodeCommand("others", value)).toMatchObject({
      ...unknown,
      reason: expect.stringContaining("Topic others.commands has no command type Make"),
    });
    const [event] = catalog.aggregates.flatMap(({ eventTypes }) => eventTypes);
    await codec.prepare("things", event?.schemaId ?? 0);
    expect(codec.decodeCommand("things", message(event?.schemaId ?? 0, Uint8Array.of(2)))).toMatchObject(unknown);
  });

  it("that are none say why", async () => {
    await codec.prepare("things", first);
    const invalid = { status: "undecodable", code: "EVENT_INVALID", schemaId: first };
    expect(codec.decodeCommand("things", Uint8Array.of(1))).toMatchObject({ code: "NOT_AVRO" });
    expect(codec.decodeCommand("things", message(first, Uint8Array.of()))).toMatchObject({
      ...invalid,
      reason: "The command is not valid: its bytes end too early.",
    });
    await codec.prepare("things", 999);
    expect(codec.decodeCommand("things", message(999, Uint8Array.of()))).toMatchObject({ code: "SCHEMA_NOT_FOUND" });
  });

  it("are read by a newer catalog, though its aggregates are the same", async () => {
    await codec.prepare("things", make().schemaId);
    const value = codec.encode(make(), { n: 5n });
    catalog = { ...catalog, commands: [] };
    expect(codec.decodeCommand("things", value)).toMatchObject({ code: "EVENT_TYPE_UNKNOWN" });
  });
});
