import { describe, expect, it, onTestFinished, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { type Harness, type HarnessOptions, codes, dataOf, openHarness } from "../harness.ts";
import { peopleCatalog } from "./where/relation-meaning.ts";

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(peopleCatalog, options);
  onTestFinished(() => api.close());
  await api.store("people", [
    { _id: "ann", name: "Ann", home_id: "h1", built_id: 7n },
    { _id: "bob", name: "Bob", home_id: "h2" },
    { _id: "cid", name: "Cid", home_id: "nowhere" },
  ]);
  await api.store("houses", [
    { _id: "h1", size: 1, keeper_id: "bob" },
    { _id: "h2", size: 2, keeper_id: "ann" },
    { _id: "7", size: 3 },
  ]);
  return api;
}

const people = (...ids: readonly string[]) => ({ people: ids.map((id) => ({ id })) });

const LARGE = `{ people(where: { home: { size: { gt: 1 } } }) { id } }`;

describe("a filter through a relation", () => {
  it("finds the keys of what it leads to, then the documents by them", async () => {
    const api = await open();
    expect(dataOf(await api.run(LARGE))).toEqual(people("bob"));
    expect(api.pipelines).toMatchObject([
      {
        collection: "houses",
        pipeline: [
          { $match: { size: { $gt: 1 } } },
          { $project: { _id: 1 } },
          { $limit: defaultLimits.maxJoinKeys + 1 },
        ],
      },
    ]);
    expect(api.finds).toMatchObject([
      { collection: "people", options: { filter: { home_id: { $in: expect.arrayContaining(["h2", "7"]) } } } },
    ]);
  });

  it("finds the keys that referencing documents hold, and integers as such", async () => {
    const api = await open();
    expect(dataOf(await api.run(`{ people(where: { houses: { some: {} } }) { id } }`))).toEqual(people("ann", "bob"));
    expect(dataOf(await api.run(`{ people(where: { built: { size: { eq: 3 } } }) { id } }`))).toEqual(people("ann"));
    expect(api.finds.map(({ options }) => options.filter)).toEqual([
      { _id: { $in: expect.arrayContaining(["ann", "bob"]) } },
      { built_id: { $in: [7n] } },
    ]);
  });

  it("does so along several relations, from the last on", async () => {
    const api = await open();
    const query = `{ people(where: { home: { keeper: { name: { eq: "Ann" } } } }) { id } }`;
    expect(dataOf(await api.run(query))).toEqual(people("bob"));
    expect(api.pipelines.map(({ collection }) => collection)).toEqual(["people", "houses"]);
    expect(JSON.stringify([api.pipelines, api.finds])).not.toContain("$lookup");
  });

  it("joins each document where more keys match than are looked for", async () => {
    const api = await open({ limits: { ...defaultLimits, maxJoinKeys: 1 } });
    expect(dataOf(await api.run(LARGE))).toEqual(people("bob"));
    expect(JSON.stringify(api.pipelines.at(-1)?.pipeline)).toContain("$lookup");
  });

  it("joins each document where too many would be examined for the keys", async () => {
    const api = await open();
    const refusal = new EventQLError("QUERY_TOO_EXPENSIVE", "too many");
    const aggregate = vi.spyOn(api.services.readModel, "aggregate").mockRejectedValueOnce(refusal);
    expect(dataOf(await api.run(LARGE))).toEqual(people("bob"));
    expect(aggregate.mock.calls.map(([collection]) => collection)).toEqual(["houses", "people"]);
    expect(aggregate.mock.calls[0]?.[2]).toMatchObject({ maxExamined: 200_000 });
  });

  it("fails where the keys can't be read", async () => {
    const api = await open();
    const failure = new EventQLError("READ_MODEL_UNAVAILABLE", "away");
    vi.spyOn(api.services.readModel, "aggregate").mockRejectedValueOnce(failure);
    expect(codes(await api.run(LARGE))).toEqual(["READ_MODEL_UNAVAILABLE"]);
  });

  it("joins documents that are named by their keys", async () => {
    const api = await open();
    const query = `{ people(where: { id: { in: ["ann", "bob"] }, home: { size: { gt: 1 } } }) { id } }`;
    expect(dataOf(await api.run(query))).toEqual(people("bob"));
    expect(api.pipelines.map(({ collection }) => collection)).toEqual(["people"]);
  });
});
