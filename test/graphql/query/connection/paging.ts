import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { Decimal, compareDecimals } from "../../../../src/model/decimal.ts";
import type { Value } from "../../../../src/model/value.ts";
import type { StoredDocument } from "../../../../src/read-model/read-model.ts";
import { type Harness, dataOf } from "../../harness.ts";
import { type Fields, type Name, Rows, anyFields, fewNames } from "../rows.ts";

type Order = readonly { readonly name: Name | "id"; readonly direction: 1 | -1 }[];

/** What happens between two pages: documents that come, and which of those there are go. */
interface Write {
  readonly inserted: readonly Fields[];
  readonly deleted: readonly number[];
}

/** A list that is read by pages while it is written to. */
export interface Paging {
  readonly documents: readonly Fields[];
  readonly order: Order;
  readonly size: number;
  readonly backwards: boolean;
  readonly writes: readonly Write[];
  readonly isFiltered: boolean;
}

/** Any of them. */
export const anyPaging: fc.Arbitrary<Paging> = fewNames.chain((names) =>
  fc.record({
    documents: fc.array(anyFields(names), { maxLength: 14 }),
    order: fc.array(
      fc.record({
        name: fc.constantFrom(...names, "id" as const),
        direction: fc.constantFrom(1 as const, -1 as const),
      }),
      { maxLength: 3 },
    ),
    size: fc.integer({ min: 1, max: 5 }),
    backwards: fc.boolean(),
    writes: fc.array(
      fc.record({
        inserted: fc.array(anyFields(names), { maxLength: 2 }),
        deleted: fc.array(fc.nat({ max: 50 }), { maxLength: 2 }),
      }),
      { maxLength: 8 },
    ),
    isFiltered: names.includes("text") ? fc.boolean() : fc.constant(false),
  }),
);

const pageShape = z.object({
  rowsConnection: z.object({
    totalCount: z.number(),
    nodes: z.array(z.object({ id: z.string() })),
    edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  }),
});

const FIELDS = `totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

/** Checks that reading by pages shows each document that stays once, in the order, whatever comes and goes. */
export async function expectPaging(api: Harness, paging: Paging): Promise<void> {
  const rows = await Rows.empty(api);
  await rows.write(paging.documents, []);
  const initial = [...rows.documents.keys()];
  const all = new Map(rows.documents);
  const shown: string[] = [];
  let cursor: string | null = null;
  for (let round = 0; ; round += 1) {
    const page = await readPage(api, paging, cursor);
    const ids = page.edges.map(({ node }) => node.id);
    expect(page.nodes.map(({ id }) => id)).toEqual(ids);
    expect(page.totalCount).toBe([...rows.documents.values()].filter((one) => matches(one, paging)).length);
    expectInfo(page, rows, paging, cursor !== null);
    shown.push(...(paging.backwards ? ids.toReversed() : ids));
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    cursor = paging.backwards ? startCursor : endCursor;
    if (!(paging.backwards ? hasPreviousPage : hasNextPage)) break;
    const write = paging.writes[round];
    if (write !== undefined) await rows.write(write.inserted, rows.pick(write.deleted));
    for (const [id, document] of rows.documents) all.set(id, document);
  }
  const shownDocuments = shown.map((id) => all.get(id));
  const sorted = [...shownDocuments].sort((a, b) => compare(a, b, paging.order) * (paging.backwards ? -1 : 1));
  expect(shown).toEqual(sorted.map((document) => document?._id));
  expect(new Set(shown).size).toBe(shown.length);
  const stayed = initial.filter((id) => matches(rows.documents.get(id), paging));
  expect(shown).toEqual(expect.arrayContaining(stayed));
}

/** The page's information against what there is at the time. */
function expectInfo(
  { edges, pageInfo }: z.infer<typeof pageShape>["rowsConnection"],
  rows: Rows,
  paging: Paging,
  hasCursor: boolean,
): void {
  expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
  const [first, last] = [edges[0]?.node.id, edges.at(-1)?.node.id].map((id) => rows.documents.get(id ?? ""));
  if (first === undefined || last === undefined) return;
  const there = [...rows.documents.values()].filter((one) => matches(one, paging));
  expect(pageInfo.hasNextPage).toBe(there.some((one) => compare(one, last, paging.order) > 0));
  if (hasCursor || !paging.backwards)
    expect(pageInfo.hasPreviousPage).toBe(there.some((one) => compare(one, first, paging.order) < 0));
}

async function readPage(
  api: Harness,
  { order, size, backwards, isFiltered }: Paging,
  cursor: string | null,
): Promise<z.infer<typeof pageShape>["rowsConnection"]> {
  const by = order.map(({ name, direction }) => `{ ${name}: ${direction === 1 ? "ASC" : "DESC"} }`).join(" ");
  const slice = backwards ? `last: ${size}, before: $cursor` : `first: ${size}, after: $cursor`;
  const where = isFiltered ? ', where: { text: { ne: "a" } }' : "";
  const query = `query ($cursor: String) { rowsConnection(orderBy: [${by}], ${slice}${where}) { ${FIELDS} } }`;
  return pageShape.parse(dataOf(await api.run(query, { variables: { cursor } }))).rowsConnection;
}

function matches(document: StoredDocument | undefined, { isFiltered }: Paging): boolean {
  if (document === undefined) return false;
  const { text = null } = document;
  return !isFiltered || (text !== null && text !== "a");
}

/** The order, said plainly: null, then NaN, then the values; the id decides last, in the direction before it. */
function compare(a: StoredDocument | undefined, b: StoredDocument | undefined, order: Order): number {
  for (const { name, direction } of order) {
    const [x, y] = [a, b].map((one) => (name === "id" ? one?._id : one?.[name]) ?? null);
    const difference = compareValues(x ?? null, y ?? null);
    if (difference !== 0) return difference * direction;
  }
  const names = order.map(({ name }) => name);
  const counted = order.filter(({ name }, index) => names.indexOf(name) === index);
  return compareValues(a?._id ?? null, b?._id ?? null) * (counted.at(-1)?.direction ?? 1);
}

function compareValues(a: Value, b: Value): number {
  const [rankOfA, rankOfB] = [rankOf(a), rankOf(b)];
  if (rankOfA !== rankOfB) return rankOfA - rankOfB;
  if (a instanceof Decimal && b instanceof Decimal) return compareDecimals(a, b);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [x, y] = [a, b].map((value) => (value instanceof Date ? value.getTime() : value));
  if (x === y || typeof x === "object" || typeof y === "object" || x === undefined || y === undefined) return 0;
  return x < y ? -1 : x > y ? 1 : 0;
}

function rankOf(value: Value): number {
  if (value === null) return 0;
  return Number.isNaN(value) ? 1 : 2;
}
