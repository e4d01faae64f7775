import { MongoClient } from "mongodb";
import { afterAll, expect, test } from "vitest";
import type { Commit, ReadModel } from "../../src/read-model/read-model.ts";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { type OpenWorld, expectAsIfNever, expectCutsDontMatter } from "./invalidation-model.ts";
import { World } from "./world.ts";

describeReal("with transactions that become invalid, on MongoDB,", () => {
  const databases: string[] = [];

  const open: OpenWorld = async (guard) => {
    const database = uniqueName("invalidation");
    databases.push(database);
    const readModel = openMongoReadModel({ url: realStack().mongoUrl, database, logger: silentLogger });
    return await World.open({ ttlMs: undefined }, "journal", { readModel, ...(guard && { guard }) });
  };

  afterAll(async () => {
    const client = new MongoClient(realStack().mongoUrl);
    for (const database of databases) await client.db(database).dropDatabase();
    await client.close();
  });

  test("10,000 keys are one commit", async () => {
    const commits: Commit[] = [];
    const world = await open((readModel) => watched(readModel, commits));
    await world.restart();
    const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
    await world.apply(keys.map((key) => ({ key, type: "Named", payload: { name: "wrong" }, transaction: 5 })));
    commits.length = 0;
    await world.apply([{ invalidates: 5 }]);
    expect(commits.map(({ checkpoint }) => checkpoint.next)).toEqual([10_001]);
    expect(await world.readModel.find("ts", { filter: {}, limit: 1 })).toEqual([]);
    await world.close();
  }, 60_000);

  test("documents are as if their events had never been, and the past is as it was stored", async () => {
    const { changed } = await expectAsIfNever(open, "journal", 6);
    expect(changed).toBeGreaterThan(3);
  }, 120_000);

  test("it makes no difference that they take several transactions of the store, and end between any two", async () => {
    expect(await expectCutsDontMatter(open, "journal", 8)).toBeGreaterThan(0);
  }, 120_000);
});

/** A read model whose commits are kept. */
function watched(readModel: ReadModel, commits: Commit[]): ReadModel {
  const commit: ReadModel["commit"] = async (asked) => {
    commits.push(asked);
    return await readModel.commit(asked);
  };
  return new Proxy(readModel, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
