import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Big } from "big.js";
import fc from "fast-check";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { isNumeric, isPlainObject } from "../../../src/read-model/query/compare.ts";
import { numericKey } from "../../../src/read-model/query/numeric.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import type { Filter, FindOptions, ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { anyFilter, anySort, fewDocuments } from "../../contract/read-model-arbitraries.ts";
import { collectionOf } from "../../contract/read-model-support.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";

const QUERIES_PER_COLLECTION = 40;

const query: fc.Arbitrary<FindOptions> = fc.record({
  filter: anyFilter,
  sort: anySort,
  skip: fc.integer({ min: 0, max: 3 }),
  limit: fc.integer({ min: 1, max: 20 }),
});

describeReal("queries evaluated in memory", () => {
  const database = uniqueName("read-model-differential");
  let folder = "";
  let embedded: ReadModel;
  let mongo: ReadModel;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eventql-read-model-"));
    embedded = openEmbeddedReadModel({ file: join(folder, "data.sqlite"), logger: silentLogger });
    mongo = openMongoReadModel({ url: realStack().mongoUrl, database, logger: silentLogger });
    await mongo.ensureCollections([]);
  });

  afterAll(async () => {
    await Promise.all([embedded.close(), mongo.close()]);
    await rm(folder, { recursive: true });
    const client = new MongoClient(realStack().mongoUrl);
    await client.db(database).dropDatabase();
    await client.close();
  });

  it("find the same documents in the same order as MongoDB", { timeout: 120_000 }, async () => {
    const queries = fc.array(query, { minLength: QUERIES_PER_COLLECTION, maxLength: QUERIES_PER_COLLECTION });
    await fc.assert(
      fc.asyncProperty(fewDocuments, queries, async (documents, queries) => {
        const [inMemory, inMongo] = await Promise.all([
          collectionOf(embedded, documents),
          collectionOf(mongo, documents),
        ]);
        for (const options of queries) {
          const found = await Promise.all([embedded.find(inMemory, options), mongo.find(inMongo, options)]);
          expect({ options, found: found[0] }).toStrictEqual({ options, found: found[1] });
        }
      }),
      { numRuns: 30 },
    );
  });

  it("group, count and add up to the same", { timeout: 120_000 }, async () => {
    const key = fc.constantFrom<unknown>(null, "$b", "$n.x", { a: "$a", b: "$b" });
    const pipelines = fc.array(fc.tuple(key, fc.constantFrom("$a", "$n.y", "$z")).map(groupBy), {
      minLength: 5,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fewDocuments, pipelines, async (documents, pipelines) => {
        const [inMemory, inMongo] = await Promise.all([
          collectionOf(embedded, documents),
          collectionOf(mongo, documents),
        ]);
        for (const pipeline of pipelines)
          expect((await embedded.aggregate(inMemory, pipeline)).map(byValue)).toStrictEqual(
            (await mongo.aggregate(inMongo, pipeline)).map(byValue),
          );
      }),
      { numRuns: 20 },
    );
  });
});

/** Of equal numbers in different forms any may stand for all. */
function byValue({ _id, min, max, sum, avg, ...row }: Readonly<Record<string, unknown>>): unknown {
  return { ...row, _id: keyOf(_id), min: keyOf(min), max: keyOf(max), sum: nearly(sum), avg: nearly(avg) };
}

/** The last digits differ where decimals stand beside doubles, as in no column. */
function nearly(value: unknown): unknown {
  return value instanceof Decimal ? new Big(value.text).prec(30).toFixed() : value;
}

function keyOf(value: unknown): unknown {
  if (isNumeric(value)) return numericKey(value);
  if (Array.isArray(value)) return value.map(keyOf);
  return isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, keyOf(item)]))
    : value;
}

function groupBy([key, field]: readonly [unknown, string]): readonly Filter[] {
  const columns = {
    n: { $sum: 1 },
    sum: { $sum: field },
    avg: { $avg: field },
    min: { $min: field },
    max: { $max: field },
  };
  return [{ $group: { _id: key, ...columns } }, { $match: { n: { $gte: 1 } } }, { $sort: { _id: 1 } }];
}
