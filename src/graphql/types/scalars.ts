import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from "graphql";
import { GraphQLDate, GraphQLUUID } from "graphql-scalars";
import type { ExpectedVersion } from "../../model/command.ts";
import { isDecimal } from "./decimal.ts";
import { parseDateTime, parseExpandedDate, parseLocalDateTime, parseTime } from "./temporal.ts";

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

interface ScalarSpec<T> {
  readonly name: string;
  readonly description: string;
  /** What it has to be, as an error says it. */
  readonly expected: string;
  /** Whether a number written in the document is read from its digits. */
  readonly numeric?: boolean;
  /** Undefined: not a value of this scalar. */
  readonly parse: (value: unknown) => T | undefined;
}

/** A 64-bit integer; parsed to a `bigint`. */
export const LongScalar: GraphQLScalarType<bigint, string> = scalar({
  name: "Long",
  description: "A 64-bit integer: a string on output, a string or a safe integer on input.",
  expected: "an integer of 64 bits, as a string or a safe integer",
  numeric: true,
  parse: parseLong,
});

/** Bytes; parsed to a `Uint8Array`. */
export const Base64Scalar: GraphQLScalarType<Uint8Array, string> = scalar({
  name: "Base64",
  description: "Bytes as Base64 (RFC 4648, section 4), with padding.",
  expected: "a string of padded Base64",
  parse: onText((text) => (BASE64.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined)),
});

/** An exact decimal; parsed to its text. */
export const DecimalScalar: GraphQLScalarType<string, string> = scalar({
  name: "Decimal",
  description: 'An exact decimal number, as a string: `"12.50"`.',
  expected: 'a decimal number as a string, such as "12.50"',
  numeric: true,
  parse: (value) => {
    const text = Number.isSafeInteger(value) ? String(value) : value;
    return typeof text === "string" && isDecimal(text) ? text : undefined;
  },
});

/** A UUID; parsed to its text. */
export const UUIDScalar: GraphQLScalarType<string, string> = scalar({
  name: "UUID",
  description: "A universally unique identifier (RFC 9562): `0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10`.",
  expected: "a UUID",
  parse: onText((text) => orUndefined(() => GraphQLUUID.parseValue(text))),
});

/** A calendar date; parsed to its midnight in UTC. */
export const DateScalar: GraphQLScalarType<Date, string> = scalar({
  name: "Date",
  description: "A calendar date: `2024-05-17`.",
  expected: "a date such as 2024-05-17",
  parse: onText((text) => orUndefined(() => GraphQLDate.parseValue(text)) ?? parseExpandedDate(text)),
});

/** A time of day; parsed to µs since midnight. */
export const TimeScalar: GraphQLScalarType<number, string> = scalar({
  name: "Time",
  description: "A time of day without a zone, with up to six digits after the second: `13:45:30.123456`.",
  expected: "a time of day such as 13:45:30.123",
  parse: onText(parseTime),
});

/** A moment; parsed to µs since 1970-01-01 UTC. */
export const DateTimeScalar: GraphQLScalarType<bigint, string> = scalar({
  name: "DateTime",
  description:
    "A moment (RFC 3339) with up to six digits after the second, in UTC on output: `2024-05-17T13:45:30.123456Z`.",
  expected: "a moment with its offset, such as 2024-05-17T13:45:30.123Z",
  parse: onText(parseDateTime),
});

/** A date and time on the wall; parsed to µs since 1970-01-01 as if it were UTC. */
export const LocalDateTimeScalar: GraphQLScalarType<bigint, string> = scalar({
  name: "LocalDateTime",
  description:
    "A date and time of day without a zone, with up to six digits after the second: `2024-05-17T13:45:30.123456`.",
  expected: "a date and time without an offset, such as 2024-05-17T13:45:30.123",
  parse: onText(parseLocalDateTime),
});

/** Where to go on in a subscription; parsed to its text. */
export const CursorScalar: GraphQLScalarType<string, string> = scalar({
  name: "Cursor",
  description: "Where a subscription stands. Opaque: give it back as `after` to go on from there, on any server.",
  expected: "a cursor, as a result or an error of a subscription holds it",
  parse: onText((text) => (text === "" ? undefined : text)),
});

/** What a key's version must be for an append. */
export const ExpectedVersionScalar: GraphQLScalarType<ExpectedVersion, string | number> = scalar({
  name: "ExpectedVersion",
  description:
    "What a key's version must be: `NO_STREAM` (there must be no document of it), `EXISTS` (there must be one), or the " +
    "version itself, as `_meta.version` has it: an integer, or a string of its digits. In variables the two are strings.",
  expected: "NO_STREAM, EXISTS, or a version: an integer of 0 or more",
  numeric: true,
  parse: (value) => (value === "NO_STREAM" || value === "EXISTS" ? value : parseVersion(value)),
});

/** The type of what can only be null. */
export const NullScalar: GraphQLScalarType<undefined, never> = scalar({
  name: "Null",
  description: "Nothing but null.",
  expected: "null",
  parse: () => undefined,
});

function scalar<T, S>({ name, description, expected, numeric = false, parse }: ScalarSpec<T>): GraphQLScalarType<T, S> {
  const parsed = (value: unknown, node?: ValueNode): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    // graphql says where a value of a variable stands, but not where one of the document does.
    const nodes = node === undefined ? [] : [node];
    throw new GraphQLError(`${name} must be ${expected}.`, { nodes, extensions: { code: "BAD_USER_INPUT" } });
  };
  return new GraphQLScalarType<T, S>({
    name,
    description,
    parseValue: (value) => parsed(value),
    parseLiteral: (node, variables) => parsed(literal(node, numeric, variables ?? undefined), node),
  });
}

function literal(node: ValueNode, numeric: boolean, variables: Record<string, unknown> | undefined): unknown {
  const isNumber = node.kind === Kind.INT || node.kind === Kind.FLOAT;
  return numeric && isNumber ? node.value : valueFromASTUntyped(node, variables);
}

function onText<T>(parse: (text: string) => T | undefined): (value: unknown) => T | undefined {
  return (value) => (typeof value === "string" ? parse(value) : undefined);
}

function parseLong(value: unknown): bigint | undefined {
  const isExact = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,19}$/.test(value));
  if (!isExact) return undefined;
  const long = BigInt(String(value));
  return long >= MIN_LONG && long <= MAX_LONG ? long : undefined;
}

function parseVersion(value: unknown): number | undefined {
  const version = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof version === "number" && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}

function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
