import fc from "fast-check";
import type { ScalarKind } from "../../../../src/catalog/scalar-kind.ts";
import type { RecordType, ValueType } from "../../../../src/catalog/types.ts";
import { Decimal } from "../../../../src/model/decimal.ts";
import type { Value } from "../../../../src/model/value.ts";
import { field, list, nullable, record, scalar, union } from "../../sketch.ts";

/** A type with what it holds, what can be asked of it, and what that plainly means. */
export interface Shape {
  readonly type: ValueType;
  /** What is stored, null left out. */
  readonly stored: fc.Arbitrary<Value>;
  /** A random filter. */
  filter(depth: number): fc.Arbitrary<unknown>;
  /** Whether a value, null where there is none, is what a filter asks for. */
  holds(asked: Fields, value: unknown): boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One member as a rule, and seldom none or two: of many together nothing would be left. */
export function few(members: readonly fc.Arbitrary<Fields>[]): fc.Arbitrary<Fields> {
  const one = fc.oneof(...members);
  const joined = fc.tuple(one, one).map(([a, b]) => ({ ...a, ...b }));
  return fc.oneof({ weight: 6, arbitrary: one }, { weight: 3, arbitrary: joined }, fc.constant({}));
}

export function fewOf(operators: Operands): fc.Arbitrary<Fields> {
  return few(Object.entries(operators).map(([operator, operand]) => fc.record({ [operator]: operand })));
}

/** Fields and logic, down to a depth. */
export function logicOf(
  fields: (depth: number) => readonly fc.Arbitrary<Fields>[],
  depth: number,
): fc.Arbitrary<Fields> {
  if (depth <= 0) return few(fields(0));
  const inner = logicOf(fields, depth - 1);
  return few([
    ...fields(depth),
    fc.record({ AND: fc.array(inner, { maxLength: 2 }) }),
    fc.record({ OR: fc.array(inner, { maxLength: 2 }) }),
    fc.record({ NOT: inner }),
  ]);
}

/** What logic means, of fields that mean what `holds` says. */
export function logicHolds(asked: Fields, holds: (name: string, given: unknown) => boolean): boolean {
  return Object.entries(asked).every(([name, given]) => {
    if (name === "NOT") return !logicHolds(fieldsOf(given), holds);
    if (name === "AND") return listOf(given).every((one) => logicHolds(fieldsOf(one), holds));
    if (name === "OR") return listOf(given).some((one) => logicHolds(fieldsOf(one), holds));
    return holds(name, given);
  });
}

type Operands = Readonly<Record<string, fc.Arbitrary<unknown>>>;

function lists<T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(value, { maxLength: 3 });
}

export function equality(value: fc.Arbitrary<unknown>): Operands {
  return { eq: value, ne: value, in: lists(value), notIn: lists(value) };
}

export function order(value: fc.Arbitrary<unknown>): Operands {
  return { ...equality(value), gt: value, gte: value, lt: value, lte: value };
}

const isNull = { isNull: fc.boolean() };

/** A single value: `operators` with their operands, and what an operand that is a text is compared as. */
export function single(
  kind: ScalarKind | ValueType,
  stored: fc.Arbitrary<Value>,
  operators: Operands,
  read: (operand: string) => unknown = (operand) => operand,
): Shape {
  return {
    type: typeof kind === "string" ? scalar(kind) : kind,
    stored,
    filter: () => fewOf({ ...operators, ...isNull }),
    holds: ({ mode, ...asked }, value) =>
      Object.entries(asked).every(([operator, operand]) =>
        mode === "INSENSITIVE" && operator in IN_ANY_CASE
          ? typeof value === "string" && IN_ANY_CASE[operator]?.(operand, value) === true
          : singleHolds(operator, operand, value, read),
      ),
  };
}

const like = (pattern: string, value: string) => new RegExp(pattern, "iu").test(value);
const whole = (operand: unknown, value: string) => like(`^(?:${escaped(operand)})$`, value);

function escaped(operand: unknown): string {
  return String(operand).replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

const IN_ANY_CASE: Readonly<Record<string, (operand: unknown, value: string) => boolean>> = {
  eq: whole,
  ne: (operand, value) => !whole(operand, value),
  in: (operand, value) => listOf(operand).some((one) => whole(one, value)),
  notIn: (operand, value) => !listOf(operand).some((one) => whole(one, value)),
  contains: (operand, value) => like(escaped(operand), value),
  startsWith: (operand, value) => like(`^(?:${escaped(operand)})`, value),
  endsWith: (operand, value) => like(`(?:${escaped(operand)})$`, value),
};

/** What a value is compared as, from its stored form. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Decimal) return Number(value.text);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function singleHolds(operator: string, operand: unknown, value: unknown, read: (operand: string) => unknown): boolean {
  if (operator === "isNull") return (value === null) === operand;
  if (value === null) return false;
  const reading = (given: unknown) => (typeof given === "string" ? read(given) : given);
  const [a, b] = [comparable(value), Array.isArray(operand) ? operand.map(reading) : reading(operand)];
  // Loose comparison is exact between a number and a bigint.
  const same = (other: unknown) => (typeof a === "bigint" || typeof other === "bigint" ? a == other : a === other);
  const compare: Readonly<Record<string, () => boolean>> = {
    eq: () => same(b),
    ne: () => !same(b),
    in: () => listOf(b).some(same),
    notIn: () => !listOf(b).some(same),
    gt: () => less(b, a),
    gte: () => !less(a, b),
    lt: () => less(a, b),
    lte: () => !less(b, a),
    contains: () => String(a).includes(String(b)),
    startsWith: () => String(a).startsWith(String(b)),
    endsWith: () => String(a).endsWith(String(b)),
  };
  return compare[operator]?.() === true;
}

function less(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  return (typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint") && a < b;
}

type Shapes = Readonly<Record<string, Shape>>;

function partHolds(shapes: Shapes, value: unknown): (name: string, given: unknown) => boolean {
  return (name, given) =>
    name === "isNull"
      ? (value === null) === given
      : shapes[name]?.holds(fieldsOf(given), fieldsOf(value)[name] ?? null) === true;
}

function partFilters(shapes: Shapes): (depth: number) => readonly fc.Arbitrary<Fields>[] {
  return (depth) => Object.entries(shapes).map(([name, shape]) => fc.record({ [name]: shape.filter(depth) }));
}

/** A record whose fields may be null. */
export function parts(fullName: string, shapes: Shapes): Shape & { readonly type: RecordType } {
  const fields = Object.entries(shapes);
  return {
    type: record(
      fullName,
      fields.map(([name, { type }]) => field(name, nullable(type))),
    ),
    stored: fc
      .tuple(...fields.map(([name, { stored }]) => fc.option(stored).map((value) => [name, value] as const)))
      .map((entries) => Object.fromEntries(entries)),
    filter: (depth) => logicOf((inner) => [...partFilters(shapes)(inner), fc.record(isNull)], Math.min(depth, 1)),
    holds: (asked, value) => logicHolds(asked, partHolds(shapes, value)),
  };
}

/** A union: its branches by the names of their fields, with their tags. */
export function oneOfThese(name: string, branches: Readonly<Record<string, readonly [string, Shape]>>): Shape {
  const entries = Object.entries(branches);
  return {
    type: union(name, Object.fromEntries(entries.map(([, [tag, { type }]]) => [tag, type]))),
    stored: fc.oneof(...entries.map(([, [_type, { stored }]]) => stored.map((value) => ({ _type, value })))),
    filter: (depth) =>
      logicOf(
        (inner) => [
          ...entries.map(([branch, [, shape]]) => fc.record({ [branch]: shape.filter(inner) })),
          fc.record(isNull),
        ],
        Math.min(depth, 1),
      ),
    holds: (asked, value) =>
      logicHolds(asked, (branch, given) => {
        if (branch === "isNull") return (value === null) === given;
        const [tag, shape] = branches[branch] ?? [];
        const { _type, value: inner } = fieldsOf(value);
        return tag === _type && shape?.holds(fieldsOf(given), inner) === true;
      }),
  };
}

function elementsHold(operator: string, given: unknown, items: readonly unknown[], holds: Shape["holds"]): boolean {
  const matching = new Set(items.filter((item) => item !== null).map((item) => holds(fieldsOf(given), item)));
  if (operator === "some") return matching.has(true);
  return operator === "every" ? !matching.has(false) : !matching.has(true);
}

/** What is asked of a list whose elements are told by `has`. */
function wholeHolds(operator: string, given: unknown, items: readonly unknown[]): boolean {
  const wanted = listOf(given);
  if (operator === "isEmpty") return (items.length === 0) === given;
  if (operator === "has" || operator === "hasKey") return items.includes(given);
  if (operator === "hasSome" || operator === "hasSomeKeys") return wanted.some((one) => items.includes(one));
  return wanted.every((one) => items.includes(one));
}

const WHOLE = { isEmpty: fc.boolean(), ...isNull };

/** A list of texts. */
export function texts(text: fc.Arbitrary<string>): Shape {
  return {
    type: list("string"),
    stored: fc.array(text, { maxLength: 3 }),
    filter: () => fewOf({ has: text, hasSome: lists(text), hasEvery: lists(text), ...WHOLE }),
    holds: (asked, value) =>
      Object.entries(asked).every(([operator, given]) =>
        operator === "isNull"
          ? (value === null) === given
          : value !== null && wholeHolds(operator, given, listOf(value)),
      ),
  };
}

/** A list of what has parts, null among them, or of lists. */
export function listOfThese(element: Shape, isNested = false): Shape {
  return {
    type: { kind: "array", items: nullable(element.type) },
    stored: fc.array(fc.option(element.stored, { freq: 4 }), { maxLength: 3 }),
    filter: (depth) => {
      const inner = element.filter(depth - 1);
      // Of a list within lists both can't be asked.
      const against = isNested ? { none: inner } : { none: inner, every: inner };
      return fewOf({ some: inner, ...against, ...WHOLE });
    },
    holds: (asked, value) =>
      Object.entries(asked).every(([operator, given]) => {
        if (operator === "isNull") return (value === null) === given;
        if (value === null) return false;
        if (operator === "isEmpty") return wholeHolds(operator, given, listOf(value));
        return elementsHold(operator, given, listOf(value), (inner, one) => element.holds(inner, one));
      }),
  };
}

/** A map. */
export function mapOf(key: Shape, keys: fc.Arbitrary<string>, values: Shape): Shape {
  const shapes = { key, value: values };
  const entry = (depth: number) => logicOf(partFilters(shapes), Math.min(depth, 1));
  return {
    type: { kind: "map", values: nullable(values.type) },
    stored: fc
      .uniqueArray(keys, { maxLength: 3 })
      .chain((names) =>
        fc.tuple(
          ...names.toSorted().map((name) => fc.record({ key: fc.constant(name), value: fc.option(values.stored) })),
        ),
      ),
    filter: (depth) => {
      const inner = entry(depth);
      const named = { hasKey: keys, hasSomeKeys: lists(keys), hasEveryKey: lists(keys) };
      return fewOf({ ...named, some: inner, every: inner, none: inner, ...WHOLE });
    },
    holds: (asked, value) =>
      Object.entries(asked).every(([operator, given]) => {
        if (operator === "isNull") return (value === null) === given;
        if (value === null) return false;
        const entries = listOf(value);
        if (operator === "some" || operator === "every" || operator === "none")
          return elementsHold(operator, given, entries, (inner, one) => logicHolds(inner, partHolds(shapes, one)));
        return wholeHolds(
          operator,
          given,
          operator === "isEmpty" ? entries : entries.map((one) => fieldsOf(one)["key"]),
        );
      }),
  };
}
