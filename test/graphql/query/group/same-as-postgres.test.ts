import fc from "fast-check";
import { MongoClient } from "mongodb";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openMongoReadModel } from "../../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { type Postgres, findPostgres, openPostgres } from "../../../support/postgres.ts";
import { describeReal, realStack, uniqueName } from "../../../support/real-stack.ts";
import { type Harness, dataOf, openHarness } from "../../harness.ts";
import { salesQueries } from "./sales-queries.ts";
import { loadSales, randomSales, salesCatalog } from "./sales.ts";

const SEED = Number(process.env["EVENTQL_TEST_SEED"] ?? Date.now() % 2 ** 31);
const SALES = randomSales(SEED, 400);
const QUERIES = 300;

const found = findPostgres();
const title = `groups of ${SALES.length} sales (seed ${SEED})`;

if ("unavailable" in found) describe.skip(`${title} (left out: ${found.unavailable})`, () => compareWithPostgres(""));
else describe(title, () => compareWithPostgres(found.folder));

function compareWithPostgres(folder: string): void {
  let postgres: Postgres | undefined;

  beforeAll(async () => {
    postgres = await openPostgres(folder);
    await loadSales(postgres.client, SALES);
  });

  afterAll(async () => postgres?.close());

  const clientOf = (): Client => {
    if (postgres === undefined) throw new TypeError("PostgreSQL hasn't started");
    return postgres.client;
  };

  it("are PostgreSQL's on the embedded read model", async () => {
    const api = await openHarness(salesCatalog);
    onTestFinished(() => api.close());
    // Most queries have something to compare.
    expect(await sameGroups(api, clientOf())).toBeGreaterThan(QUERIES);
  });

  describeReal("with MongoDB", () => {
    it("are PostgreSQL's", async () => {
      const { mongoUrl } = realStack();
      const database = uniqueName("graphql-groups");
      const readModel = openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
      const api = await openHarness(salesCatalog, { readModel });
      onTestFinished(async () => {
        await api.close();
        const client = new MongoClient(mongoUrl);
        await client.db(database).dropDatabase();
        await client.close();
      });
      expect(await sameGroups(api, clientOf())).toBeGreaterThan(QUERIES);
    });
  });
}

/** Compares the results of queries at random; returns how many groups those had. */
async function sameGroups(api: Harness, client: Client): Promise<number> {
  await api.store("sales", SALES);
  let groups = 0;
  await fc.assert(
    fc.asyncProperty(salesQueries, async ({ graphql, sql }) => {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      const result = dataOf(await api.run(graphql));
      expect(rowsOf(result), sql).toEqual(rows.map((row) => approximate(row)));
      groups += rows.length;
    }),
    { numRuns: QUERIES, seed: SEED },
  );
  return groups;
}

/** The groups of a result as flat rows: `key.shop`. */
function rowsOf(result: unknown): readonly unknown[] {
  if (typeof result !== "object" || result === null || !("salesAggregate" in result)) throw new TypeError("no groups");
  const { salesAggregate } = result;
  if (!Array.isArray(salesAggregate)) throw new TypeError("no list of groups");
  return salesAggregate.map((group: object) => approximate(flat(group)));
}

function flat(group: object): Record<string, unknown> {
  const fields = Object.entries(group).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one] as const)
      : [[name, value] as const],
  );
  return Object.fromEntries(fields);
}

/** Averages to 14 digits: PostgreSQL rounds those of decimals. All else is exact. */
function approximate(row: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    name.startsWith("avg.") && value !== null ? Number(value).toPrecision(14) : value,
  ]);
  return Object.fromEntries(entries);
}
