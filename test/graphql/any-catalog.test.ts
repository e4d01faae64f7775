import fc from "fast-check";
import { validateSchema } from "graphql";
import { expect, it } from "vitest";
import type { Catalog, RecordField, TypeRef, ValueType } from "../../src/catalog/types.ts";
import { buildSchema } from "../../src/graphql/build-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import {
  aggregate,
  catalogOf,
  column,
  commandType,
  enumeration,
  eventType,
  field,
  list,
  map,
  needed,
  nullable,
  ownedBy,
  record,
  scalar,
  union,
} from "./sketch.ts";

/** Names that people give, those that the schema has itself, and those that GraphQL forbids. */
const name = fc.constantFrom(
  "User",
  "UserWhere",
  "UserInput",
  "Query",
  "Mutation",
  "Status",
  "Wait",
  "Long",
  "Date",
  "StringFilter",
  "LongBox",
  "StringEntry",
  "Cursor",
  "EventMeta",
  "ChangeOperation",
  "UserChange",
  "UserEvent",
  "Command",
  "CommandOutcome",
  "ExpectedVersion",
  "Transaction",
  "TransactionEvent",
  "InvalidateTransaction",
  "id",
  "_id",
  "_meta",
  "AND",
  "isNull",
  "true",
  "__x",
  "9",
  "a b",
  "",
  "é",
  "constructor",
  "__proto__",
);
const kinds = fc.constantFrom(
  ...(["null", "boolean", "int", "long", "double", "string", "bytes", "uuid", "date", "time-micros"] as const),
  ...(["timestamp-millis", "timestamp-micros", "local-timestamp-millis"] as const),
);

const { fields } = fc.letrec<{ type: ValueType; fields: readonly RecordField[] }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    kinds.map(scalar),
    fc.tuple(name, fc.array(name, { maxLength: 3 })).map(([of, symbols]) => enumeration(`x.${of}`, symbols)),
    tie("type").map(list),
    tie("type").map(map),
    fc.tuple(name, tie("fields")).map(([of, inner]) => record(`x.${of}`, inner)),
    fc
      .tuple(name, fc.array(fc.tuple(name, tie("type")), { minLength: 2, maxLength: 3 }))
      .map(([of, branches]) =>
        union(of, Object.fromEntries(branches.map(([tag, inner], i) => [`x${i}.${tag}`, inner]))),
      ),
  ),
  fields: fc.array(
    fc
      .tuple(name, tie("type"), fc.boolean(), fc.array(name, { maxLength: 2 }))
      .map(([of, inner, nullable, aliases]) => field(of, { type: inner, nullable }, { aliases })),
    { maxLength: 4 },
  ),
}));

const event = fc
  .tuple(name, fields, fc.boolean())
  .map(([of, inner, keyed]) =>
    eventType(record(`x.${of}`, inner), { keys: keyed ? inner.slice(0, 1).map((one) => one.name) : [] }),
  );

const command = fc.tuple(name, fields).map(([of, inner]) => commandType(record(`x.${of}`, inner)));
const ownership = fc
  .record({
    commands: fc.array(command, { maxLength: 2 }),
    transactions: fc.boolean(),
    eventMutations: fc.boolean(),
  })
  .map((of) => ownedBy(of));

const catalog: fc.Arbitrary<Catalog> = fc
  .array(fc.tuple(name, fields, fc.array(event, { maxLength: 3 }), fc.option(ownership, { nil: undefined })), {
    maxLength: 3,
  })
  .map((parts) => {
    const taken = new Set<string>();
    const named = (inner: readonly RecordField[]): readonly RecordField[] =>
      inner.map((one) => ({ ...one, type: { ...one.type, type: uniquelyNamed(one.type.type, taken) } }));
    return catalogOf(
      ...parts.map(([of, inner, eventTypes, owned]) =>
        aggregate(of, {
          columns: named(inner).map((one) => column(one.name, one.type)),
          eventTypes: eventTypes.map((one) => ({
            ...one,
            record: { ...one.record, fields: named(one.record.fields) },
          })),
          ...(owned && {
            owned: {
              ...owned,
              commands: owned.commands.map((one) => ({
                ...one,
                record: { ...one.record, fields: named(one.record.fields) },
              })),
            },
          }),
        }),
      ),
    );
  });

/** The same types with names that are unique in the catalog, as its gathering makes them. */
function uniquelyNamed(type: ValueType, taken: Set<string>): ValueType {
  const ref = (of: TypeRef): TypeRef => ({ ...of, type: uniquelyNamed(of.type, taken) });
  if (type.kind === "array") return { ...type, items: ref(type.items) };
  if (type.kind === "map") return { ...type, values: ref(type.values) };
  if (type.kind !== "enum" && type.kind !== "record" && type.kind !== "union") return type;
  let graphqlName = type.graphqlName;
  while (taken.has(graphqlName)) graphqlName += "Q";
  taken.add(graphqlName);
  if (type.kind === "enum") return { ...type, graphqlName };
  if (type.kind === "record")
    return { ...type, graphqlName, fields: type.fields.map((one) => ({ ...one, type: ref(one.type) })) };
  const branches = type.branches.map((one) => ({ ...one, type: uniquelyNamed(one.type, taken) }));
  return { ...type, graphqlName, branches };
}

function faultsOf(of: Catalog): readonly Error[] {
  return validateSchema(buildSchema({ catalog: of, limits: defaultLimits }));
}

it("gives a valid schema, whatever its names and types", () => {
  fc.assert(
    fc.property(catalog, (of) => {
      expect(faultsOf(of)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it("gives a valid schema where records contain themselves, even without an end", () => {
  const inner: RecordField[] = [];
  const endless = record("x.Endless", [field("again", needed(record("x.Inner", inner)))]);
  inner.push(field("back", needed(endless)), field("more", needed(list(endless))), field("some", nullable(endless)));
  const columns = [column("endless", nullable(endless))];
  expect(faultsOf(catalogOf(aggregate("Loop", { columns, eventTypes: [eventType(endless)] })))).toEqual([]);
});
