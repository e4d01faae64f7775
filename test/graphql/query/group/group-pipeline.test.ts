import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedReadModel } from "../../../../src/read-model/embedded/embedded-read-model.ts";
import type { Filter } from "../../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { everyType } from "../../example-catalogs.ts";
import { type Harness, dataOf, openHarness } from "../../harness.ts";

const pipelines: (readonly Filter[])[] = [];
let api: Harness;

beforeAll(async () => {
  const readModel = openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
  readModel.aggregate = async (_collection, pipeline) => {
    pipelines.push(pipeline);
    return [];
  };
  api = await openHarness(everyType, { readModel });
});

afterAll(async () => {
  await api.close();
});

/** The pipeline that the read model is given for a query. */
async function pipelineOf(query: string): Promise<unknown> {
  dataOf(await api.run(query));
  return pipelines.at(-1);
}

const GOLDEN: Readonly<Record<string, string>> = {
  "all documents are one group that is always there": `{ thingsAggregate { count sum { total } } }`,
  "groups by columns are ordered by them": `{ thingsAggregate(groupBy: [color, flag]) { key { color flag } count } }`,
  "ints are added up to a long": `{ thingsAggregate(groupBy: color) { sum { count } avg { count } } }`,
  "longs are added up as decimals": `{ thingsAggregate(groupBy: color) { sum { total } avg { total } } }`,
  "floats are added up as doubles": `{ thingsAggregate(groupBy: color) { sum { score } avg { score } } }`,
  "decimals are added up as they are": `{ thingsAggregate(groupBy: color) { sum { price } avg { price } } }`,
  "least and greatest values": `{ thingsAggregate(groupBy: color) { min { title day } max { seen_micros id } } }`,
  "counts of values, and of distinct ones": `{ thingsAggregate(groupBy: color) { n: count(column: size) d: count(column: size, distinct: true) } }`,
  "a moment is cut in a zone": `{ thingsAggregate(groupBy: seen_millis, truncate: { seen_millis: WEEK }, timeZone: "europe/berlin") { count } }`,
  "hours are those that a clock shows": `{ thingsAggregate(groupBy: seen_millis, truncate: { seen_millis: HOUR }, timeZone: "Australia/Lord_Howe") { count } }`,
  "microseconds are cut as milliseconds": `{ thingsAggregate(groupBy: seen_micros, truncate: { seen_micros: MONTH }, timeZone: "America/New_York") { count } }`,
  "days and local times have no zone": `{ thingsAggregate(groupBy: [day, local_micros, local_millis], truncate: { day: QUARTER, local_micros: HOUR, local_millis: DAY }, timeZone: "Europe/Berlin") { count } }`,
  "only what is selected is calculated, or asked of": `query ($no: Boolean = false) { thingsAggregate(groupBy: [title], where: { flag: { eq: true } }, having: { OR: [{ count: { gt: 1 } }, { NOT: { sum: { total: { lte: "5.50" } } } }], min: { title: { startsWith: "a" } } }, orderBy: [{ avg: { count: DESC } }, { key: { title: DESC } }], limit: 5, offset: 10) { key { title } ...few max @include(if: $no) { day } } } fragment few on ThingGroup { sum { count } again: sum { count } }`,
};

describe.each(Object.entries(GOLDEN))("%s", (name, query) => {
  it("as the golden file shows", async () => {
    const pipeline = await pipelineOf(query);
    const text = JSON.stringify({ query, pipeline }, shown, 2);
    await expect(`${text}\n`).toMatchFileSnapshot(`../../../golden/graphql/group/${name.replaceAll(" ", "-")}.json`);
  });
});

function shown(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
