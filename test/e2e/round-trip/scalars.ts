import fc from "fast-check";

/** A scalar as GraphQL shows it. */
export type Shown = null | boolean | number | string;

/** A type without structure: how Avro has it, and which values it may have. */
export interface ScalarKind {
  /** Avro's schema; a fixed has a name besides. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The values as GraphQL shows them. */
  readonly values: fc.Arbitrary<Shown>;
  /** A value as a schema's default; undefined where JSON can't hold it. */
  readonly asDefault: (shown: Shown) => unknown;
}

const DAY_MS = 86_400_000;
const LONG = 2n ** 63n;

const longs = fc.oneof(
  fc.bigInt({ min: -LONG, max: LONG - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer({ min: -3, max: 3 }).map(BigInt),
  fc.constantFrom(-LONG, LONG - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 31n),
);
// JSON has no minus zero.
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const floats = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const bytes = (size: { readonly minLength?: number; readonly maxLength: number }): fc.Arbitrary<string> =>
  fc.uint8Array(size).map((value) => Buffer.from(value).toString("base64"));
const millis = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.getTime()),
  fc.integer(),
  fc.constantFrom(0, -1, 8.64e15, -8.64e15, 253_402_300_800_000, -62_198_755_200_000),
);
const micros = fc
  .tuple(millis, fc.nat({ max: 999 }))
  .map(([ms, rest]) => BigInt(ms) * 1000n + (Math.abs(ms) === 8.64e15 ? 0n : BigInt(rest)));

/** An instant of µs, by a way of its own. */
function isoOfMicros(value: bigint): string {
  const rest = ((value % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((value - rest) / 1000n)).toISOString();
  return iso.replace("Z", String(rest).padStart(3, "0"));
}

function microsOfIso(text: string): number | undefined {
  const value = BigInt(Date.parse(text.replace(/\d{3}Z?$/, "Z"))) * 1000n + BigInt(text.replace("Z", "").slice(-3));
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

function timeOfMicros(value: number): string {
  const iso = new Date(Math.floor(value / 1000)).toISOString().slice(11, 23);
  return `${iso}${String(value % 1000).padStart(3, "0")}`;
}

function millisOfTime(text: string): number {
  return Date.parse(`1970-01-01T${text.slice(0, 12)}Z`);
}

function decimals(precision: number, scale: number): fc.Arbitrary<string> {
  const max = 10n ** BigInt(precision) - 1n;
  const unscaled = fc.oneof(
    fc.bigInt({ min: -max, max }),
    fc.bigInt({ min: -max, max }).map((value) => value % 1000n),
  );
  return fc.oneof(unscaled, fc.constantFrom(max, -max, 0n)).map((value) => {
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    return `${value < 0n ? "-" : ""}${scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`}`;
  });
}

/** Big-endian two's complement, its bytes as characters. */
function latinOfDecimal(text: string, size: number): string {
  const unsigned = BigInt.asUintN(8 * size, BigInt(text.replace(".", "")));
  return Buffer.from(unsigned.toString(16).padStart(2 * size, "0"), "hex").toString("latin1");
}

function decimal(precision: number, scale: number, fixedSize?: number): ScalarKind {
  const logical = { logicalType: "decimal", precision, scale };
  return {
    schema: fixedSize === undefined ? { type: "bytes", ...logical } : { type: "fixed", size: fixedSize, ...logical },
    values: decimals(precision, scale),
    asDefault: (shown) => latinOfDecimal(String(shown), fixedSize ?? 30),
  };
}

function fixed(size: number): ScalarKind {
  return {
    schema: { type: "fixed", size },
    values: bytes({ minLength: size, maxLength: size }),
    asDefault: latinOfBase64,
  };
}

function latinOfBase64(shown: Shown): string {
  return Buffer.from(String(shown), "base64").toString("latin1");
}

function itself(type: string, values: fc.Arbitrary<Shown>): ScalarKind {
  return { schema: { type }, values, asDefault: (shown) => shown };
}

function logical(
  [type, logicalType]: readonly [string, string],
  values: fc.Arbitrary<string>,
  asDefault: (shown: string) => unknown,
): ScalarKind {
  return { schema: { type, logicalType }, values, asDefault: (shown) => asDefault(String(shown)) };
}

const days = fc.oneof(fc.integer({ min: -100_000_000, max: 100_000_000 }), fc.integer({ min: -30_000, max: 30_000 }));
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.constantFrom("", "\0", '"""', "$a", "a.b", "\u{1f600}", "null", "\\u0000", " "),
);
const uuids = fc.uuid();

/** Avro's null. */
export const NULL: ScalarKind = itself("null", fc.constant(null));

/** Avro's string. */
export const STRING: ScalarKind = itself("string", texts);

/** The types without structure, those that are fixed without their name. */
const KINDS: Readonly<Record<string, ScalarKind>> = {
  null: NULL,
  boolean: itself("boolean", fc.boolean()),
  int: itself("int", fc.oneof(fc.integer(), fc.constantFrom(0, 2 ** 31 - 1, -(2 ** 31)))),
  long: {
    schema: { type: "long" },
    values: longs.map(String),
    asDefault: (shown): number | undefined => (Number.isSafeInteger(Number(shown)) ? Number(shown) : undefined),
  },
  float: itself("float", floats),
  double: itself("double", doubles),
  string: STRING,
  bytes: { schema: { type: "bytes" }, values: bytes({ maxLength: 12 }), asDefault: latinOfBase64 },
  unknownLogical: { ...itself("string", texts), schema: { type: "string", logicalType: "not-known" } },
  uuid: logical(["string", "uuid"], uuids, (shown) => shown),
  date: logical(
    ["int", "date"],
    days.map((day) => new Date(day * DAY_MS).toISOString().replace(/T.*$/, "")),
    (shown) => Date.parse(`${shown}T00:00:00Z`) / DAY_MS,
  ),
  timeMillis: logical(
    ["int", "time-millis"],
    fc.nat({ max: DAY_MS - 1 }).map((value) => timeOfMicros(value * 1000).slice(0, 12)),
    millisOfTime,
  ),
  timeMicros: logical(
    ["long", "time-micros"],
    fc.nat({ max: DAY_MS * 1000 - 1 }).map(timeOfMicros),
    (shown) => millisOfTime(shown) * 1000 + Number(shown.slice(-3)),
  ),
  instant: logical(
    ["long", "timestamp-millis"],
    millis.map((value) => new Date(value).toISOString()),
    Date.parse,
  ),
  fineInstant: logical(
    ["long", "timestamp-micros"],
    micros.map((value) => `${isoOfMicros(value)}Z`),
    microsOfIso,
  ),
  local: logical(
    ["long", "local-timestamp-millis"],
    millis.map((value) => new Date(value).toISOString().replace("Z", "")),
    (shown) => Date.parse(`${shown}Z`),
  ),
  fineLocal: logical(["long", "local-timestamp-micros"], micros.map(isoOfMicros), microsOfIso),
  decimal: decimal(12, 2),
  wholeDecimal: decimal(5, 0),
  widestDecimal: decimal(34, 34),
  longDecimal: decimal(60, 7),
  fixedDecimal: decimal(18, 4, 8),
  fixedLongDecimal: decimal(40, 4, 20),
  fixed: fixed(5),
  tinyFixed: fixed(1),
  fixedUuid: {
    schema: { type: "fixed", size: 16, logicalType: "uuid" },
    values: uuids,
    asDefault: (shown) => Buffer.from(String(shown).replaceAll("-", ""), "hex").toString("latin1"),
  },
};

/** All of them. */
export const SCALARS: readonly ScalarKind[] = Object.values(KINDS);
