import { describe, expect, it, onTestFinished } from "vitest";
import { compilePolicies } from "../../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import type { Authorize } from "../../../../src/security/authorize.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../../harness.ts";
import { Live, codeOf, messageOfFailure } from "../../subscription/live.ts";
import { peopleCatalog } from "./relation-meaning.ts";

const PEOPLE = [
  { _id: "ann", name: "Ann", home_id: "h1", visited_ids: ["h1", "h2"], built_id: 7n },
  { _id: "bob", name: "Bob", home_id: "h2", parent_id: "ann" },
  { _id: "cid", name: "Cid", home_id: "nowhere" },
];
const HOUSES = [
  { _id: "h1", size: 1, keeper_id: "bob" },
  { _id: "h2", size: 2, keeper_id: "ann" },
  { _id: "7", size: 3 },
];

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(peopleCatalog, options);
  onTestFinished(() => api.close());
  await api.store("people", PEOPLE);
  await api.store("houses", HOUSES);
  return api;
}

async function idsOf(api: Harness, where: string): Promise<unknown> {
  return dataOf(await api.run(`{ people(where: ${where}) { id } }`));
}

const people = (...ids: readonly string[]) => ({ people: ids.map((id) => ({ id })) });

const GOLDEN: Readonly<Record<string, string>> = {
  "one related document": `{ name: { eq: "Ann" }, home: { size: { gt: 0 } } }`,
  "a list of related documents": `{ visiteds: { some: { size: { eq: 2 } }, none: { size: { eq: 3 } } } }`,
  "documents that relate to this one": `{ houses: { every: { size: { gt: 1 } } } }`,
  "relations along integers": `{ OR: [{ built: { size: { eq: 3 } } }, { owneds: { some: {} } }] }`,
  "relations of relations": `{ home: { keeper: { name: { eq: "Bob" } }, size: { eq: 1 } } }`,
  "relations in logic": `{ AND: [{ name: { ne: "Cid" } }, { NOT: { OR: [{ home: {} }, { name: { eq: "Bob" } }] } }] }`,
};

describe.each(Object.entries(GOLDEN))("%s", (name, where) => {
  it("is joined as the golden file shows", async () => {
    const api = await open({ limits: { ...defaultLimits, maxJoinKeys: 0 } });
    await idsOf(api, where);
    const text = JSON.stringify({ where, pipeline: api.pipelines.at(-1)?.pipeline }, null, 2);
    const file = `../../../golden/graphql/where/joins/${name.replaceAll(" ", "-")}.json`;
    await expect(`${text}\n`).toMatchFileSnapshot(file);
    expect(api.finds).toEqual([]);
  });
});

describe("a where through relations", () => {
  it("shows documents as they are, with all their columns", async () => {
    const api = await open();
    const result = await api.run(
      `{ people(where: { home: { size: { eq: 2 } } }) { id name home_id _meta { offset } } }`,
    );
    expect(dataOf(result)).toEqual({ people: [{ id: "bob", name: "Bob", home_id: "h2", _meta: { offset: "41" } }] });
  });

  it("orders and pages as ever", async () => {
    const api = await open();
    const result = await api.run(
      `{ people(where: { NOT: { home: { size: { eq: 9 } } } }, orderBy: { name: DESC }, limit: 1, offset: 1) { id } }`,
    );
    expect(dataOf(result)).toEqual(people("bob"));
  });

  it("takes what is not there for no match", async () => {
    const api = await open();
    expect(await idsOf(api, `{ home: {} }`)).toEqual(people("ann", "bob"));
    expect(await idsOf(api, `{ NOT: { home: {} } }`)).toEqual(people("cid"));
    expect(await idsOf(api, `{ parent: { parent: {} } }`)).toEqual(people());
  });

  it("runs no pipeline where it follows none", async () => {
    const api = await open();
    await idsOf(api, `{ name: { eq: "Ann" } }`);
    expect([api.finds.length, api.pipelines.length]).toEqual([1, 0]);
  });

  it.each([
    [
      `{ home: null }`,
      "where.home is null, which filters nothing: leave it out, or ask for those that have none, by `NOT: { home: {} }`.",
    ],
    [`{ houses: null }`, "by `houses: { none: {} }`."],
    [`{ houses: { some: null } }`, "where.houses.some is null"],
    [`{ houses: { some: { size: { eq: null } } } }`, "where.houses.some.size.eq is null"],
  ])("refuses %s and says where", async (where, message) => {
    const api = await open();
    const result = await api.run(`{ people(where: ${where}) { id } }`);
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toContain(message);
    expect(api.pipelines).toEqual([]);
  });
});

describe("limits", () => {
  it("hold the joins of a where, wherever they stand", async () => {
    const api = await open({ limits: { ...defaultLimits, maxJoins: 3 } });
    const within = `{ home: { keeper: {} }, houses: { some: {} } }`;
    const beyond = `{ home: { keeper: {} }, OR: [{ houses: { some: {}, none: {} } }] }`;
    expect(codes(await api.run(`{ people(where: ${within}) { id } }`))).toEqual([]);
    const result = await api.run(`{ people(where: ${beyond}) { id } }`);
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(messages(result)).toContain("more than 3 relations");
  });

  it("hold the depth", async () => {
    const api = await open({ limits: { ...defaultLimits, maxJoins: 100 } });
    const deep = (levels: number) =>
      Array.from({ length: levels }).reduce<string>((inner) => `{ parent: ${inner} }`, "{}");
    expect(codes(await api.run(`{ people(where: ${deep(15)}) { id } }`))).toEqual([]);
    expect(codes(await api.run(`{ people(where: ${deep(16)}) { id } }`))).toEqual(["LIMIT_EXCEEDED"]);
  });
});

describe("the policy", () => {
  const only =
    (houses: ReturnType<Authorize>, others: ReturnType<Authorize> = { allow: true }): Authorize =>
    (_context, _action, name) =>
      name === "House" ? houses : others;

  it("keeps related documents out that the caller may not see, whatever is asked of them", async () => {
    const api = await open({ authorize: only({ allow: true, filter: { size: { $gt: 1 } } }) });
    expect(await idsOf(api, `{ home: {} }`)).toEqual(people("bob"));
    expect(await idsOf(api, `{ visiteds: { none: { id: { eq: "h1" } } } }`)).toEqual(people("ann", "bob", "cid"));
    expect(await idsOf(api, `{ visiteds: { every: { size: { eq: 2 } } }, name: { eq: "Ann" } }`)).toEqual(
      people("ann"),
    );
    expect(await idsOf(api, `{ parent: { home: {} } }`)).toEqual(people());
  });

  it("refuses relations to what the caller may not read, however deep", async () => {
    const api = await open({ authorize: only({ allow: false, reason: "it is night" }) });
    for (const where of [`{ home: {} }`, `{ NOT: { OR: [{ parent: { houses: { none: {} } } }] } }`])
      expect(codes(await api.run(`{ people(where: ${where}) { id } }`))).toEqual(["FORBIDDEN"]);
    expect(await idsOf(api, `{ parent: {} }`)).toEqual(people("bob"));
    expect(api.pipelines).toHaveLength(1);
  });

  it.each([
    ["a column of the target", `{ home: { size: { eq: 1 } } }`, "size of House"],
    ["a column of the target in logic", `{ home: { OR: [{ NOT: { size: { eq: 1 } } }] } }`, "size of House"],
    ["the column of the target that references", `{ houses: { some: {} } }`, "keeper_id of House"],
    ["that column on the way back", `{ home: { keeper: {} } }`, "keeper_id of House"],
  ])("refuses %s that the caller may not see", async (_what, where, column) => {
    const api = await open({ authorize: only({ allow: true, columns: new Set(["keeper"]) }) });
    const result = await api.run(`{ people(where: ${where}) { id } }`);
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toContain(column);
  });

  it("refuses a relation along a column of the document's own that the caller may not see", async () => {
    const api = await open({
      authorize: only({ allow: true }, { allow: true, columns: new Set(["name", "visited_ids"]) }),
    });
    expect(codes(await api.run(`{ people(where: { home: {} }) { id } }`))).toEqual(["FORBIDDEN"]);
    expect(codes(await api.run(`{ people(where: { visiteds: { some: {} } }) { id } }`))).toEqual([]);
    expect(codes(await api.run(`{ houses(where: { people: { some: {} } }) { id } }`))).toEqual(["FORBIDDEN"]);
  });
});

describe("where documents are looked at one by one", () => {
  it.each([`{ home: { size: { eq: 1 } } }`, `{ NOT: { OR: [{ houses: { none: {} } }] } }`])(
    "a subscription refuses %s and says why",
    async (where) => {
      const live = new Live(peopleCatalog);
      const asked = live.follow(`subscription { personChanges(where: ${where}) { id } }`);
      await expect(messageOfFailure(asked)).resolves.toContain("asks for related documents");
      await expect(codeOf(asked)).resolves.toBe("BAD_USER_INPUT");
      expect(live.changes.subscribed).toEqual([]);
    },
  );

  it("a policy has none", () => {
    const policies = { Person: { user: { read: { where: { home: { size: { eq: 1 } } } } } } };
    const settings = { policies, adminRoles: [], anonymousRole: "anonymous" };
    expect(() => compilePolicies(peopleCatalog, settings, defaultLimits)).toThrow(
      expect.objectContaining({ code: "CATALOG_INVALID", message: expect.stringContaining("has no field home") }),
    );
  });
});
