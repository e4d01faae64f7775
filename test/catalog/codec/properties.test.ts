import { inspect } from "node:util";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSchema } from "../../../src/catalog/avro/parse.ts";
import { emitSchema } from "../../../src/catalog/avro/emit.ts";
import { Cursor } from "../../../src/catalog/codec/cursor.ts";
import { compileReader } from "../../../src/catalog/codec/read.ts";
import { Sink } from "../../../src/catalog/codec/sink.ts";
import { compileWriter } from "../../../src/catalog/codec/write.ts";
import { isEventQLError } from "../../../src/errors.ts";
import type { Value } from "../../../src/model/value.ts";
import { type AvroExample, avroRecords } from "./arbitrary-avro.ts";

const RUNS = { numRuns: 400 };

/** A schema with a value of it. */
const examples = avroRecords.chain(({ schema, values }) => values.map((value) => ({ schema, value })));

function encode(schema: unknown, value: Value): Uint8Array {
  const sink = new Sink();
  compileWriter(parseSchema(schema))(sink, value, "");
  expect(sink.problems).toEqual([]);
  return sink.result();
}

function decode(schema: unknown, bytes: Uint8Array): Value {
  const node = parseSchema(schema);
  const cursor = new Cursor();
  cursor.start(bytes, 0);
  const value = compileReader(node, node)(cursor);
  expect(cursor.position).toBe(bytes.length);
  return value;
}

const longType = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => Number(a > b) - Number(a < b),
});

/** The schema as another implementation understands it, values as they are on the wire. */
function avscType(schema: unknown): avsc.Type {
  return avsc.parse(JSON.stringify(schema), {
    registry: { long: longType },
    wrapUnions: true,
    typeHook: (attributes: unknown) => (isLong(attributes) ? longType : undefined),
  });
}

function isLong(attributes: unknown): boolean {
  return typeof attributes === "object" && attributes !== null && "type" in attributes && attributes.type === "long";
}

describe("the codec", () => {
  it("reads back what it wrote, whatever the schema", () => {
    fc.assert(
      fc.property(examples, ({ schema, value }) => {
        expect(decode(schema, encode(schema, value))).toStrictEqual(value);
      }),
      RUNS,
    );
  });

  it("writes what avsc reads, and reads what avsc writes", () => {
    fc.assert(
      fc.property(examples, ({ schema, value }) => {
        // avsc keeps maps as plain objects, and loses this key.
        fc.pre(!inspect(value, { depth: null }).includes("__proto__"));
        const type = avscType(schema);
        const bytes = encode(schema, value);
        const again = type.toBuffer(type.fromBuffer(Buffer.from(bytes)));
        expect(decode(schema, again)).toStrictEqual(value);
        expect(again.length).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  it("reads by a schema that was emitted as by the one that was parsed", () => {
    fc.assert(
      fc.property(examples, ({ schema, value }) => {
        const emitted = emitSchema(parseSchema(schema));
        expect(decode(emitted, encode(schema, value))).toStrictEqual(value);
        expect(emitSchema(parseSchema(emitted))).toEqual(emitted);
      }),
      RUNS,
    );
  });

  it("refuses truncated bytes, or leaves some of them unread", () => {
    fc.assert(
      fc.property(examples, fc.nat(), ({ schema, value }, cut) => {
        const bytes = encode(schema, value);
        fc.pre(bytes.length > 0);
        const length = cut % bytes.length;
        expect(outcomeOf({ schema, values: fc.constant(value) }, bytes.subarray(0, length))).toBe("refused");
      }),
      RUNS,
    );
  });

  it("either reads or refuses random bytes, and neither fails otherwise nor reads beyond them", () => {
    fc.assert(
      fc.property(avroRecords, fc.uint8Array({ maxLength: 200 }), (example, bytes) => {
        expect(["read", "refused"]).toContain(outcomeOf(example, bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});

function outcomeOf({ schema }: AvroExample, bytes: Uint8Array): "read" | "refused" {
  const node = parseSchema(schema);
  const cursor = new Cursor();
  cursor.start(bytes, 0);
  try {
    compileReader(node, node)(cursor);
    expect(cursor.position).toBeLessThanOrEqual(bytes.length);
    return "read";
  } catch (error) {
    if (isEventQLError(error, "EVENT_INVALID")) return "refused";
    throw error;
  }
}
