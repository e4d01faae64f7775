import fc from "fast-check";
import { check } from "prettier";
import { expect, it } from "vitest";
import type { Catalog, RecordField, TypeRef, ValueType } from "../../src/catalog/types.ts";
import { generateTypes } from "../../src/codegen/generate-types.ts";
import { aggregate, column, enumeration, eventType, field, list, map, record, union } from "../graphql/sketch.ts";

/** Names short and long, so that lines end on either side of the margin. */
const names = fc
  .tuple(
    fc.constantFrom("a", "B", "_c", "new", "readonly", "constructor", "get", "keyof", "string", "Date", "MapEntry"),
    fc.integer({ min: 0, max: 70 }),
  )
  .map(([start, length]) => `${start}${"x".repeat(length)}`);

const docs = fc.option(
  fc.oneof(
    fc.constantFrom("One line.", "Two\n\n  lines.", "*/ ends", "\r\n", "a\u2028b", "* x", "/** y */", "\uD800"),
    fc.string({ unit: "binary" }),
  ),
  { nil: undefined },
);

const named = fc.uniqueArray(names, { minLength: 1, maxLength: 4 });

const { type: types } = fc.letrec<{ type: ValueType; ref: TypeRef }>((tie) => ({
  ref: fc.record({ type: tie("type"), nullable: fc.boolean() }),
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<ValueType[]>(
      { kind: "null" },
      { kind: "long" },
      { kind: "string" },
      { kind: "bytes" },
      { kind: "timestamp-micros" },
      { kind: "decimal", precision: 4, scale: 2 },
    ),
    fc.tuple(names, named).map(([name, symbols]) => enumeration(`E${name}`, symbols)),
    tie("ref").map(({ type, nullable }) => ({ ...list(type), items: { type, nullable } })),
    tie("ref").map(({ type, nullable }) => ({ ...map(type), values: { type, nullable } })),
    fc
      .tuple(names, fc.dictionary(names, tie("type"), { minKeys: 2, maxKeys: 4 }))
      .map(([name, branches]) => union(`U${name}`, branches)),
    fc.tuple(names, named, tie("ref"), docs).map(([name, fields, ref, doc]) =>
      record(
        `R${name}`,
        fields.map((each) => field(each, ref, { doc })),
        doc,
      ),
    ),
  ),
}));

const refs = fc.record({ type: types, nullable: fc.boolean() });
const fields: fc.Arbitrary<readonly RecordField[]> = fc
  .uniqueArray(names, { maxLength: 4 })
  .chain((all) => fc.tuple(...all.map((name) => fc.tuple(refs, docs).map(([ref, doc]) => field(name, ref, { doc })))));

const catalogs: fc.Arbitrary<Catalog> = fc
  .tuple(names, fc.uniqueArray(names, { minLength: 1, maxLength: 3 }), fields, docs)
  .map(([name, events, own, doc]) => ({
    aggregates: [
      aggregate(`A${name}`, {
        doc,
        columns: own.map((each) => column(each.name, each.type, { doc: each.doc, hidden: each.type.nullable })),
        eventTypes: events.map((each) => eventType(record(`x.${each}`, own, doc))),
      }),
    ],
    commands: events.map((each) => ({
      fullName: `x.C${each}`,
      name: `C${each}`,
      topic: "t",
      subject: `t.commands-x.C${each}`,
      schemaId: 1,
      version: 1,
      writerSchema: "string",
      readerSchema: "string",
      mutation: `c${each}`,
      record: record(`x.C${each}`, own),
    })),
    skipped: [],
    generation: 1,
  }));

it("is Prettier's, whatever the names, their lengths and the docs", async () => {
  await fc.assert(
    fc.asyncProperty(catalogs, async (catalog) => {
      const text = generateTypes(catalog);
      expect({ isFormatted: await check(text, { parser: "typescript", printWidth: 120 }), text }).toMatchObject({
        isFormatted: true,
      });
    }),
    { numRuns: 200 },
  );
});
