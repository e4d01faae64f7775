import { printSchema } from "graphql";
import { describe, expect, it, onTestFinished } from "vitest";
import { buildCatalog } from "../../src/catalog/build.ts";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { generateTypes } from "../../src/codegen/generate-types.ts";
import { misfitsOf } from "../../src/fold/projected-fold.ts";
import { buildSchema } from "../../src/graphql/build-schema.ts";
import { compilePolicies } from "../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { projection } from "../../src/model/define-projection.ts";
import { encodeReceipt } from "../../src/model/receipt.ts";
import { compileRoutes } from "../../src/rest/compile-routes.ts";
import type { Routes } from "../../src/rest/route-config.ts";
import { parseRoutes } from "../../src/rest/route-spec.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { identity } from "./policies/policy-catalog.ts";
import { type Harness, type HarnessOptions, codes, dataOf, openHarness } from "./harness.ts";

type Summary = { readonly _id: string; readonly total: bigint; readonly secret: string; readonly customer?: string };
type Placed = { readonly type: "Placed"; readonly payload: { readonly total: bigint; readonly customer: string } };

const step = (): undefined => undefined;
const rules = { initial: { total: 0n, secret: "" }, evolve: { Placed: step } };

const summary = projection<Summary, Placed>({
  ...rules,
  name: "Summary",
  doc: "What orders came to.",
  from: ["orders"],
  columns: {
    total: "long",
    secret: "string",
    customer: ["null", { type: "string" }],
  },
  hidden: ["secret"],
});

const joined = projection<Omit<Summary, "secret" | "customer">, Placed>({
  ...rules,
  name: "Joined",
  from: ["orders", "users"],
  columns: { total: { type: "long" } },
  initial: { total: 0n },
});

const referring = projection<{ readonly _id: string; readonly summary: string }, Placed>({
  name: "Referring",
  from: ["users"],
  columns: { summary: { type: "string", eventql: { references: "Summary" } } },
  initial: { summary: "" },
  evolve: { Placed: step },
});

async function catalogOf(): Promise<Catalog> {
  const registry = new FakeRegistry();
  const record = (name: string, fields: readonly object[]): object => ({ type: "record", name, fields });
  const text = { name: "customer", type: "string" };
  await registry.add("orders-Placed", record("Placed", [{ name: "total", type: "long" }, text]));
  await registry.add("users-Named", record("Named", [{ name: "name", type: "string" }]));
  const { Placed: rule } = rules.evolve;
  const projections = [summary, joined, { ...referring, evolve: { Named: rule } }];
  return buildCatalog(await gatherSubjects(registry), { projections, checkState: misfitsOf });
}

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(await catalogOf(), options);
  onTestFinished(() => api.close());
  const stored = (total: bigint): { readonly total: bigint; readonly secret: string } => ({ total, secret: "s" });
  await api.store("summaries", [
    { _id: "1", ...stored(1n), customer: "a" },
    { _id: "2", ...stored(2n) },
  ]);
  await api.store("referrings", [{ _id: "r", summary: "1" }]);
  await api.store("joineds", []);
  return api;
}

describe("a projection in code", () => {
  it("has what aggregates have to be read by, and nothing to be changed by", async () => {
    const catalog = await catalogOf();
    const sdl = printSchema(buildSchema({ catalog, limits: defaultLimits }));
    const own = [...sdl.matchAll(/^ {2}(\w*[sS]ummar\w*)[(:]/gm)].map(([, name]) => name);
    expect(new Set(own)).toStrictEqual(
      new Set([
        "summaries",
        "summariesAggregate",
        "summariesConnection",
        "summary",
        "summaryChanges",
        "summaryDocument",
      ]),
    );
    expect(sdl).toContain('"""What orders came to."""\ntype Summary {');
    expect(sdl).not.toContain("secret");
    expect(sdl).not.toMatch(/SummaryHistory|SummaryTombstone|deleteSummary/);
    expect(sdl).toMatch(/summary\(\n? *"""The key of the events."""\n? *id: ID!\n? *\): Summary/);
  });

  it("is found by key, by filters, and by those that reference it", async () => {
    const api = await open();
    const data = dataOf(
      await api.run(`{
        summary(id: "1") { id total customer }
        summaries(where: { total: { gt: "1" } }) { id }
        summariesAggregate { count }
        referrings { ${await relationOf(api)} { total } }
      }`),
    );
    expect(data).toMatchObject({
      summary: { id: "1", total: "1", customer: "a" },
      summaries: [{ id: "2" }],
      summariesAggregate: [{ count: 2 }],
    });
    expect(JSON.stringify(data)).toContain('{"total":"1"}');
  });

  it("holds to policies by its name", async () => {
    const catalog = await catalogOf();
    const policies = { Summary: { clerk: { read: { where: { customer: { eq: "a" } }, columns: ["customer"] } } } };
    const authorize = compilePolicies(catalog, { policies, adminRoles: [], anonymousRole: "anonymous" }, defaultLimits);
    const api = await open({ authorize });
    const clerk = identity("clerk");
    const shown = await api.run("{ summaries { id customer } }", { identity: clerk });
    expect(dataOf(shown)).toEqual({ summaries: [{ id: "1", customer: "a" }] });
    expect(codes(await api.run('{ summary(id: "1") { total } }', { identity: clerk }))).toEqual(["FORBIDDEN"]);
    expect(codes(await api.run("{ joineds { id } }", { identity: clerk }))).toEqual(["FORBIDDEN"]);
  });

  it("is waited for by receipts of its topics, where it is read", async () => {
    const api = await open();
    const catalog = api.services.catalog;
    const through = catalog.aggregates.find(({ name }) => name === "Joined")?.topic;
    const receipt = (topic: string): string => encodeReceipt({ topic, partition: 0, offset: 3 });
    const waited = async (query: string, topic = "orders", variables = {}): Promise<unknown> => {
      const before = api.waits.length;
      const headers = { "eventql-consistent-with": receipt(topic) };
      dataOf(await api.run(query, { headers, variables }));
      return api.waits.slice(before).map(({ of }) => of);
    };
    const direct = { projection: "Summary" };
    const rekeyed = { projection: "Joined", through };
    expect(await waited("{ orders { id } }")).toEqual([undefined]);
    expect(await waited("{ summaries { id } }")).toEqual([undefined, direct]);
    expect(await waited("{ summaries { id } }", "users")).toEqual([undefined]);
    expect(await waited("{ a: summariesConnection { nodes { id } } joineds { id } }")).toEqual([
      undefined,
      direct,
      rekeyed,
    ]);
    expect(await waited("{ joinedsAggregate { count } }", "users")).toEqual([undefined, rekeyed]);
    const relation = await relationOf(api);
    expect(await waited(`{ referrings { ${relation} { id } } }`)).toEqual([undefined, direct]);
    const filter = { [relation]: { customer: { eq: "a" } } };
    const query = "query ($where: ReferringWhere) { referrings(where: $where) { id } }";
    expect(await waited(query, "orders", { where: { AND: [filter] } })).toEqual([undefined, direct]);
    expect(await waited(query, "orders", { where: { id: { eq: "r" } } })).toEqual([undefined]);
    expect(await waited(`{ referrings(where: { ${relation}: { customer: { eq: "a" } } }) { id } }`)).toEqual([
      undefined,
      direct,
    ]);
  });

  it("is read by HTTP routes, and not written by them", async () => {
    const catalog = await catalogOf();
    const schema = buildSchema({ catalog, limits: defaultLimits });
    const problemsOf = (routes: Routes): readonly string[] =>
      compileRoutes(parseRoutes({ ...routes }).specs, { catalog, schema, introspection: true }).flatMap((route) =>
        route.operation === undefined ? route.problems.map(({ problem }) => problem) : [],
      );
    expect(problemsOf({ "GET /summaries/{id}": { read: "Summary" } })).toEqual([]);
    expect(problemsOf({ "DELETE /summaries/{id}": { delete: "Summary" } })).toHaveLength(1);
  });

  it("has the type of its documents in the generated module", async () => {
    const text = generateTypes(await catalogOf());
    expect(text).toMatch(/export type Summary = \{[^}]*readonly total: Long;[^}]*\};/s);
    expect(text).toContain("A document of the projection of orders, users.");
    expect(text).not.toMatch(/SummaryEvent|JoinedEvent/);
  });
});

/** The field that leads to the document that is referenced, whatever it is called. */
async function relationOf(api: Harness): Promise<string> {
  const { types } = { types: dataOf(await api.run('{ __type(name: "Referring") { fields { name type { name } } } }')) };
  const found = /"name":"(\w+)","type":\{"name":"Summary"\}/.exec(JSON.stringify(types))?.[1];
  if (found === undefined) throw new TypeError(`no relation in ${JSON.stringify(types)}`);
  return found;
}
