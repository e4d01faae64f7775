import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { compilePolicies } from "../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { type Authorize, allowAll } from "../../../src/security/authorize.ts";
import type { ReadPolicy } from "../../../src/security/policies.ts";
import { codes, dataOf, openHarness } from "../harness.ts";
import { anyRow, matches, rowCatalog, whereOf } from "../query/where/where-meaning.ts";
import { identity } from "./policy-catalog.ts";

const COLUMNS = rowCatalog.aggregates.flatMap(({ columns }) => columns.map(({ name }) => name));
const LIST = "query ($where: RowWhere) { rows(where: $where, limit: 1000) { id } }";
const LOOKUP = "query ($id: ID!) { row(id: $id) { id } }";

/** A `where` with a claim in place of each value that claims can stand for, and the claims that make it the same. */
function throughClaims(where: unknown, claims: Record<string, unknown>): unknown {
  if (where === "" || where === null) return where;
  const hasFields = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
  if (Array.isArray(where) && where.some(hasFields)) return where.map((one) => throughClaims(one, claims));
  if (typeof where !== "object" || Array.isArray(where)) {
    const name = `c${Object.keys(claims).length}`;
    claims[name] = where;
    return `$claims.${name}`;
  }
  return Object.fromEntries(
    Object.entries(where).map(([name, given]) => {
      const isLogic = (name === "AND" || name === "OR") && Array.isArray(given) && given.length === 0;
      return [name, isLogic ? given : throughClaims(given, claims)];
    }),
  );
}

/** The columns that a `where` compares. */
function columnsOf(where: unknown): readonly string[] {
  if (Array.isArray(where)) return where.flatMap(columnsOf);
  if (typeof where !== "object" || where === null) return [];
  return Object.entries(where).flatMap(([name, given]) =>
    ["AND", "OR", "NOT"].includes(name) ? columnsOf(given) : [name],
  );
}

it("never shows a document, nor compares a column, that the policy keeps from its role", async () => {
  let authorize: Authorize = allowAll;
  const api = await openHarness(rowCatalog, { authorize: (...asked) => authorize(...asked) });
  onTestFinished(() => api.close());
  const rows = fc.sample(anyRow, 40).map((row, index) => ({ ...row, _id: String(index) }));
  await api.store("rows", rows);
  let [shown, kept, refused] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(whereOf(1), whereOf(1), fc.option(fc.subarray(COLUMNS)), async (limit, where, columns) => {
      const claims: Record<string, unknown> = {};
      const read: ReadPolicy = { where: { AND: [throughClaims(limit, claims)] }, ...(columns && { columns }) };
      const policies = { Row: { user: { read } } };
      authorize = compilePolicies(rowCatalog, { policies, adminRoles: [], anonymousRole: "anonymous" }, defaultLimits);
      const caller = { identity: identity("user", claims) };
      const isRefused = columns !== null && !columnsOf(where).every((name) => ["id", ...columns].includes(name));
      const result = await api.run(LIST, { variables: { where }, ...caller });
      const allowed = rows.filter((row) => matches(limit, row));
      const wanted = allowed.filter((row) => matches(where, row)).map(({ _id }) => ({ id: _id }));
      const sorted = wanted.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(isRefused ? codes(result) : dataOf(result)).toEqual(isRefused ? ["FORBIDDEN"] : { rows: sorted });
      const [some = rows[0]] = fc.sample(fc.constantFrom(...rows), 1);
      const id = some?._id ?? "";
      const isAllowed = allowed.some(({ _id }) => _id === id);
      expect(dataOf(await api.run(LOOKUP, { variables: { id }, ...caller }))).toEqual({
        row: isAllowed ? { id } : null,
      });
      shown += wanted.length;
      kept += rows.length - allowed.length;
      refused += Number(isRefused);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(shown, kept, refused)).toBeGreaterThan(50);
});
