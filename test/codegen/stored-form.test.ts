import { inspect } from "node:util";
import { expect, it } from "vitest";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { compileFold } from "../../src/fold/compile-fold.ts";
import { Decimal } from "../../src/model/decimal.ts";
import { onlyEventType } from "../catalog/codec/codec-harness.ts";
import type { Everything, Thing } from "../golden/codegen/types.ts";
import { goldenRegistry } from "./golden-catalogs.ts";

/** A value of every type, as its generated type has it. */
const everything: Everything = {
  a_null: null,
  a_boolean: true,
  an_int: -1,
  a_long: 2n ** 60n,
  a_float: 0.5,
  a_double: 1e300,
  a_string: "ü",
  some_bytes: new Uint8Array([0, 255]),
  a_fixed: new Uint8Array([1, 2, 3, 4]),
  a_uuid: "0190a0de-0000-7000-8000-000000000001",
  a_fixed_uuid: "0190a0de-0000-7000-8000-000000000002",
  a_decimal: new Decimal("12.500"),
  a_fixed_decimal: new Decimal("-0.0001"),
  a_date: new Date("2024-05-17"),
  a_time: 1_000,
  a_fine_time: 1_000_001n,
  an_instant: new Date("2024-05-17T13:45:30.123Z"),
  a_fine_instant: 1_715_953_530_123_456n,
  a_local: new Date("2024-05-17T13:45:30.123Z"),
  a_fine_local: 2n ** 55n,
  an_unknown: 7n,
  a_wrong_date: "x",
  a_wrong_decimal: new Uint8Array([9]),
  an_array: ["a", null],
  a_map: [
    { key: "a", value: [] },
    { key: "b", value: [1, 2] },
  ],
  an_enum: "true",
  a_nullable: null,
  a_single: 1,
  a_union: { _type: "t.Point", value: { x: 1, y: 2 } },
  a_list_of_unions: [
    { _type: "long", value: 2n ** 60n },
    { _type: "boolean", value: false },
  ],
  a_renamed: 3,
};

it("has the generated types, in events and in documents", async () => {
  const registry = await goldenRegistry("types");
  const catalog = await gatherCatalog(registry);
  const codec = createCodec(registry, () => catalog);
  const eventType = onlyEventType(catalog);
  await codec.prepare("things", eventType.schemaId);
  const decoded = codec.decode("things", codec.encode(eventType, everything));
  if (decoded.status !== "decoded") throw new TypeError(`the event is ${inspect(decoded)}`);
  expect(decoded.payload).toStrictEqual(everything);
  const thing: Thing = { _id: "k", ...everything };
  expect(compileFold(decoded.writer)(undefined, "k", decoded.payload)).toStrictEqual(thing);
});
