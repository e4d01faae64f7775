import { describe, expect, it } from "vitest";
import type { IndexStep, Sort } from "../../../src/read-model/read-model.ts";
import { collectionOf } from "../../contract/read-model-support.ts";
import { describeReal, uniqueName } from "../../support/real-stack.ts";
import { suiteDatabase } from "./mongo-database.ts";

describeReal("indexes on MongoDB", () => {
  const database = suiteDatabase("indexes");
  const { signal } = new AbortController();
  const byName: Sort = { name: 1, _id: 1 };
  const byBoth: Sort = { name: 1, age: -1, _id: -1 };

  const keep = async (collection: string, ...wanted: readonly Sort[]): Promise<readonly IndexStep[]> => {
    const steps: IndexStep[] = [];
    await database().model.keepIndexes(collection, wanted, { signal, onStep: (step) => steps.push(step) });
    return steps;
  };
  const namesOf = async (collection: string): Promise<readonly unknown[]> =>
    (await database().db.collection(collection).indexes()).map(({ name }) => name);
  const newCollection = async (): Promise<string> =>
    collectionOf(database().model, [{ _id: "a", name: "Ada", age: 36 }]);

  it("are built, told of, and left when nothing changes", async () => {
    const collection = await newCollection();
    expect(await keep(collection, byName, byBoth)).toEqual([
      { index: "eventql_name_1__id_1", step: "begun" },
      { index: "eventql_name_1__id_1", step: "built" },
      { index: "eventql_name_1_age_-1__id_-1", step: "begun" },
      { index: "eventql_name_1_age_-1__id_-1", step: "built" },
    ]);
    expect(await namesOf(collection)).toEqual(["_id_", "eventql_name_1__id_1", "eventql_name_1_age_-1__id_-1"]);
    expect(await keep(collection, byBoth, byName)).toEqual([]);
  });

  it("are dropped when nothing asks for them any more, but not those of other people", async () => {
    const collection = await newCollection();
    await database().db.collection(collection).createIndex({ age: 1 }, { name: "own" });
    await keep(collection, byName, byBoth);
    expect(await keep(collection, byBoth)).toEqual([{ index: "eventql_name_1__id_1", step: "dropped" }]);
    await keep(collection);
    expect(await namesOf(collection)).toEqual(["_id_", "own"]);
  });

  it("aren't built where somebody has made the same, unless it is of some documents only", async () => {
    const collection = await newCollection();
    const own = database().db.collection(collection);
    await own.createIndex({ name: 1, _id: 1 }, { name: "own" });
    expect(await keep(collection, byName)).toEqual([]);
    await own.dropIndex("own");
    await own.createIndex({ name: 1, _id: 1 }, { name: "own", partialFilterExpression: { age: { $gt: 50 } } });
    expect(await keep(collection, byName)).toHaveLength(2);
  });

  it("are kept by several processes at once", async () => {
    const collection = await newCollection();
    await Promise.all(Array.from({ length: 6 }, async () => keep(collection, byName, byBoth)));
    expect(await namesOf(collection)).toHaveLength(3);
    await Promise.all(Array.from({ length: 6 }, async () => keep(collection)));
    expect(await namesOf(collection)).toEqual(["_id_"]);
  });

  it("may be asked for before there is a collection", async () => {
    const collection = uniqueName("absent");
    expect(await keep(collection)).toEqual([]);
    expect(await keep(collection, byName)).toHaveLength(2);
  });

  it("are an error where documents can't have them", async () => {
    const collection = await collectionOf(database().model, [{ _id: "a", one: [1], two: [2] }]);
    await expect(keep(collection, { one: 1, two: 1 })).rejects.toMatchObject({
      message: expect.stringContaining("parallel arrays"),
    });
    expect(await namesOf(collection)).toEqual(["_id_"]);
  });

  describe("that are being built", () => {
    it("are no longer waited for once the process stops", async () => {
      const collection = await newCollection();
      const stop = new AbortController();
      const onStep = (): void => stop.abort();
      await expect(
        database().model.keepIndexes(collection, [byName, byBoth], { signal: stop.signal, onStep }),
      ).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
    });
  });
});
