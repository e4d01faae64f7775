import fc from "fast-check";
import { Decimal } from "../../src/model/decimal.ts";
import type { Value } from "../../src/model/value.ts";
import type { Filter, Sort, StoredDocument } from "../../src/read-model/read-model.ts";
import { anyDecimal } from "../support/decimals.ts";

const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -9n, max: 9n }));

const wellFormedText = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());

const fieldName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,7}$/).filter((name) => name !== "_id");

const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    long,
    anyDecimal,
    wellFormedText,
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fieldName, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** Documents of every stored form, in the order of their keys. */
export const anyDocuments: fc.Arbitrary<readonly StoredDocument[]> = fc
  .array(fc.dictionary(fieldName, anyValue, { maxKeys: 5, noNullPrototype: true }), { minLength: 1, maxLength: 8 })
  .map((fields) => fields.map((document, i) => ({ ...document, _id: `key-${i}` })))
  .map((documents) => documents.map(({ _id, ...fields }) => ({ _id, ...fields })));

const FEW_VALUES: readonly Value[] = [
  null,
  true,
  false,
  -1,
  0,
  1,
  2,
  2.5,
  Number.NaN,
  2 ** 53,
  1n,
  2n,
  2n ** 53n,
  2n ** 53n + 1n,
  0.1,
  new Decimal("0.10"),
  new Decimal("1.00"),
  new Decimal("2.5"),
  new Decimal("-1.000000000000000000000000000000001"),
  new Decimal("9007199254740993.0"),
  -(2n ** 60n),
  "",
  "a",
  "A",
  "ab",
  "b",
  "é",
  "\uffee",
  "\u{1f600}",
  new Date(0),
  new Date(1),
  Uint8Array.of(),
  Uint8Array.of(1),
  Uint8Array.of(2),
  Uint8Array.of(0, 1),
];

/** A value of a small world, so that filters find something. */
const scalar = fc.constantFrom(...FEW_VALUES);
const record = fc.record({ x: scalar, y: scalar }, { requiredKeys: [], noNullPrototype: true });
const list = fc.array(scalar, { maxLength: 3 });
const records = fc.array(record, { maxLength: 3 });
const anything = fc.oneof(scalar, scalar, list, record, records, fc.array(list, { maxLength: 2 }));

/** Documents of a small world: scalars `a` and `b`, record `n`, list `l`, records `r`, anything `z`; all may lack. */
export const fewDocuments: fc.Arbitrary<readonly StoredDocument[]> = fc
  .array(
    fc.record(
      { a: scalar, b: scalar, n: record, l: list, r: records, z: anything },
      { requiredKeys: [], noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((documents) => documents.map((fields, i) => ({ _id: `key-${String(i).padStart(2, "0")}`, ...fields })));

const path = fc.constantFrom(
  "a",
  "b",
  "n",
  "n.x",
  "n.y",
  "l",
  "l.0",
  "r",
  "r.x",
  "r.y",
  "r.0.x",
  "z",
  "z.x",
  "z.1",
  "q",
);

const pattern = fc.constantFrom("a", "^a", "^A", "b(?![\\s\\S])", "é", "\\.");

const comparison = fc.oneof(
  fc.tuple(fc.constantFrom("$eq", "$ne"), anything),
  fc.tuple(fc.constantFrom("$gt", "$gte", "$lt", "$lte"), anything),
  fc.tuple(fc.constantFrom("$in", "$nin"), fc.array(anything, { maxLength: 3 })),
  fc.tuple(fc.constant("$regex"), pattern),
  fc.tuple(fc.constant("$exists"), fc.boolean()),
  fc.tuple(fc.constant("$size"), fc.integer({ min: 0, max: 3 })),
  fc.tuple(fc.constant("$all"), fc.array(anything, { maxLength: 2 })),
);

const operators: fc.Arbitrary<Filter> = fc
  .array(comparison, { minLength: 1, maxLength: 2 })
  .map((entries) => Object.fromEntries(entries));

const condition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: operators },
  { weight: 1, arbitrary: anything },
  { weight: 2, arbitrary: operators.map((not) => ({ $not: not })) },
  { weight: 1, arbitrary: operators.map((criteria) => ({ $elemMatch: criteria })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("x", "y"), operators)
      .map(([field, criteria]) => ({ $elemMatch: { [field]: criteria } })),
  },
);

/** Filters over the documents of {@link fewDocuments}, with every operator that the GraphQL layer uses. */
export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small" },
    fc.tuple(path, condition).map(([field, criteria]) => ({ [field]: criteria })),
    fc
      .tuple(fc.constantFrom("$and", "$or", "$nor"), fc.array(tie("filter"), { minLength: 1, maxLength: 3 }))
      .map(([name, filters]) => ({ [name]: filters })),
  ),
})).filter;

/** Orders over the same documents, total by the key. */
export const anySort: fc.Arbitrary<Sort> = fc
  .tuple(
    fc.constantFrom("a", "b", "n.x", "l", "r.x", "z", "q"),
    fc.constantFrom<1 | -1>(1, -1),
    fc.constantFrom<1 | -1>(1, -1),
  )
  .map(([field, direction, last]) => ({ [field]: direction, _id: last }));
