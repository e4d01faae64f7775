import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Value } from "../../../src/model/value.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import { type Harness, dataOf } from "../harness.ts";
import { Rows, anyFields, fewNames } from "./rows.ts";

const Ids = z.array(z.object({ id: z.string() }));
const Answer = z.object({ rows: Ids, all: Ids });

const anyRequest = fewNames.chain((names) =>
  fc.record({
    documents: fc.array(anyFields(names), { maxLength: 14 }),
    distinct: fc.uniqueArray(fc.constantFrom(...names, "id" as const), { minLength: 1, maxLength: 3 }),
    orderBy: fc.array(fc.tuple(fc.constantFrom(...names, "id" as const), fc.constantFrom("ASC", "DESC")), {
      maxLength: 2,
    }),
    offset: fc.integer({ min: 0, max: 2 }),
    limit: fc.integer({ min: 0, max: 5 }),
  }),
);

/** Checks that a list with `distinct` is the whole list without the documents that another comes before. */
export async function expectFirstOfEach(api: Harness, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ documents, distinct, orderBy, offset, limit }) => {
      const stored = await Rows.empty(api);
      await stored.write(documents, []);
      const order = orderBy.map(([name, direction]) => `{ ${name}: ${direction} }`).join(" ");
      const query = `{ all: rows(orderBy: [${order}]) { id }
        rows(distinct: [${distinct.join(" ")}], orderBy: [${order}], offset: ${offset}, limit: ${limit}) { id } }`;
      const { rows, all } = Answer.parse(dataOf(await api.run(query)));
      const seen = new Set<string>();
      const first = all.filter(({ id }) => {
        const key = distinct.map((name) => textOf(valueOf(stored.documents.get(id), name))).join("|");
        return !seen.has(key) && seen.add(key);
      });
      expect(rows).toEqual(first.slice(offset, offset + limit));
    }),
    { numRuns: runs },
  );
}

function valueOf(document: StoredDocument | undefined, name: string): Value {
  return document?.[name === "id" ? "_id" : name] ?? null;
}

/** Equal for equal values: zero has no sign, and a decimal's digits at its end make no difference. */
function textOf(value: Value): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Decimal) return String(Number(value.text));
  if (typeof value === "number") return String(value === 0 ? 0 : value);
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "");
}
