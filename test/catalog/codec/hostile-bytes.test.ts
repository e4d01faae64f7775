import { describe, expect, it } from "vitest";
import type { DecodeFailure } from "../../../src/catalog/codec.ts";
import { type Harness, harness, message, record } from "./codec-harness.ts";

/** A zigzag varint. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let bits = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; bits > 0x7fn; bits >>= 7n) bytes.push(Number(bits & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(bits)]);
}

function outcome({ codec, ids }: Harness, ...parts: readonly Uint8Array[]): string {
  const decoded = codec.decode("things", message(ids[0] ?? 0, Buffer.concat(parts)));
  return decoded.status === "undecodable" ? `${decoded.code}: ${decoded.reason}` : decoded.status;
}

const huge = varint(2n ** 40n);
const end = Uint8Array.of(0);

describe("bytes that lie about their size", () => {
  it.each<[string, unknown, readonly Uint8Array[], string]>([
    ["a text longer than the message", "string", [varint(1_000_000n)], "its bytes end too early"],
    ["a text of negative length", "string", [varint(-1n)], "a length is negative"],
    ["bytes longer than any message", "bytes", [huge], "an int has more than 32 bits"],
    ["a list of 2⁴⁰ numbers", { type: "array", items: "int" }, [huge], "its bytes end too early"],
    ["a list of 2⁶² numbers", { type: "array", items: "int" }, [varint(2n ** 62n)], "its bytes end too early"],
    ["a block of 2⁴⁰ numbers with its size", { type: "array", items: "int" }, [varint(-(2n ** 40n)), end], "too early"],
    ["a list of 2⁴⁰ nulls", { type: "array", items: "null" }, [huge, end], "more than 65536 empty items"],
    [
      "lists of lists of nulls",
      { type: "array", items: { type: "array", items: "null" } },
      [varint(3n), varint(60_000n), end, varint(60_000n), end, end, end],
      "more than 65536 empty items",
    ],
    ["a list of 2⁴⁰ empty records", { type: "array", items: record({}, "Empty") }, [huge, end], "empty items"],
    ["a map of 2⁴⁰ entries", { type: "map", values: "null" }, [huge, end], "its bytes end too early"],
    ["a branch that isn't there", ["null", "int"], [varint(2n)], "a union has no such branch"],
    ["a negative branch", ["null", "int"], [varint(-1n)], "a union has no such branch"],
    ["a symbol that isn't there", { type: "enum", name: "E", symbols: ["A"] }, [varint(1n)], "no such symbol"],
    ["a boolean of 2", "boolean", [Uint8Array.of(2)], "a boolean is neither 0 nor 1"],
    ["an int of 33 bits", "int", [varint(2n ** 32n)], "an int has more than 32 bits"],
    ["a varint without end", "long", [new Uint8Array(11).fill(0xff)], "a long has more than 64 bits"],
    ["a long of 65 bits", "long", [Uint8Array.of(...Array<number>(9).fill(0xff), 2)], "a long has more than 64 bits"],
    ["a date without a calendar", { type: "int", logicalType: "date" }, [varint(2n ** 31n - 1n)], "further from 1970"],
    [
      "an instant without a calendar",
      { type: "long", logicalType: "timestamp-millis" },
      [varint(2n ** 62n)],
      "further from 1970",
    ],
    [
      "a decimal of a million digits",
      { type: "bytes", logicalType: "decimal", precision: 10, scale: 2 },
      [varint(400_000n), new Uint8Array(400_000).fill(1)],
      "a decimal has too many digits",
    ],
    ["bytes behind the event", "int", [end, end, end], "2 bytes are left over"],
    ["no bytes at all", "int", [], "its bytes end too early"],
  ])("%s: the event is refused", async (_title, type, parts, reason) => {
    expect(outcome(await harness(record({ value: type })), ...parts)).toMatch(
      new RegExp(`^EVENT_INVALID: The event is not valid: .*${reason}`),
    );
  });

  it("that are nulls, as many as a message may have, are read", async () => {
    const nulls = await harness(record({ value: { type: "array", items: "null" } }));
    expect(outcome(nulls, varint(65_536n), end)).toBe("decoded");
  });
});

describe("bytes that aren't in the wire format", () => {
  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["less than a header", Uint8Array.of(0, 0, 0, 1)],
    ["another magic byte", Uint8Array.of(1, 0, 0, 0, 1, 2)],
    ["JSON", Buffer.from('{"first_name":"x"}')],
  ])("%s: are not Avro", async (_title, bytes) => {
    const { codec } = await harness(record({ a: "int" }));
    expect(codec.decode("things", bytes)).toMatchObject({ status: "undecodable", code: "NOT_AVRO" } satisfies Partial<
      Extract<DecodeFailure, { status: "undecodable" }>
    >);
  });

  it("are read from plain Uint8Arrays, wherever in their buffer they begin", async () => {
    const { codec, ids } = await harness(record({ a: "string" }));
    const bytes = message(ids[0] ?? 0, Uint8Array.of(4, 0x68, 0x69));
    const shifted = new Uint8Array([9, 9, ...bytes, 9]).subarray(2, 2 + bytes.length);
    expect(codec.decode("things", shifted)).toMatchObject({ status: "decoded", payload: { a: "hi" } });
  });

  it("keep nothing of the message in memory", async () => {
    const { codec, ids } = await harness(record({ a: "bytes" }));
    const decoded = codec.decode("things", message(ids[0] ?? 0, Uint8Array.of(2, 7)));
    const bytes = decoded.status === "decoded" ? decoded.payload["a"] : undefined;
    expect(bytes).toStrictEqual(Uint8Array.of(7));
    expect(bytes instanceof Uint8Array && bytes.buffer.byteLength).toBe(1);
  });
});
