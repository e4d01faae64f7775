import { expect, it, onTestFinished, vi } from "vitest";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../harness.ts";

const USERS = [
  { _id: "1", firstname: "Ann", last_name: "Lee", password_hash: "x" },
  { _id: "2", firstname: "Bob", last_name: "Lee", email: null, password_hash: "y" },
  { _id: "3", firstname: "Cid", last_name: "Ash" },
  { _id: "4", firstname: "Ann", last_name: "Lee" },
];

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(appuser, options);
  onTestFinished(() => api.close());
  await api.store("users", USERS);
  return api;
}

it("shows of each combination of values the document that comes first in the order", async () => {
  const api = await open();
  expect(
    dataOf(
      await api.run(`{
        names: users(distinct: [last_name], orderBy: [{ firstname: DESC }]) { id firstname }
        pairs: users(distinct: [last_name, firstname]) { id }
        emails: users(distinct: [email], orderBy: { id: DESC }) { id }
        each: users(distinct: id, limit: 2, offset: 1) { id }
        found: users(distinct: [last_name], where: { firstname: { ne: "Ann" } }) { id }
      }`),
    ),
  ).toEqual({
    names: [
      { id: "3", firstname: "Cid" },
      { id: "2", firstname: "Bob" },
    ],
    pairs: [{ id: "1" }, { id: "2" }, { id: "3" }],
    emails: [{ id: "4" }],
    each: [{ id: "2" }, { id: "3" }],
    found: [{ id: "2" }, { id: "3" }],
  });
});

it("is one pipeline, whose groups hold only what is needed", async () => {
  const api = await open();
  const aggregated = vi.spyOn(api.services.readModel, "aggregate");
  await api.run(
    `{ users(distinct: [last_name, last_name], orderBy: { email: ASC }, offset: 3, limit: 2) { firstname } }`,
  );
  expect(api.finds).toEqual([]);
  expect(aggregated.mock.calls.map(([collection, pipeline]) => [collection, pipeline])).toEqual([
    [
      "users",
      [
        { $project: { _id: 1, firstname: 1, last_name: 1, email: 1 } },
        { $sort: { email: 1, _id: 1 } },
        { $group: { _id: { key0: { $ifNull: ["$last_name", null] } }, first: { $first: "$$ROOT" } } },
        { $replaceRoot: { newRoot: "$first" } },
        { $sort: { email: 1, _id: 1 } },
        { $skip: 3 },
        { $limit: 2 },
      ],
    ],
  ]);
});

it("is a plain list without columns", async () => {
  const api = await open();
  for (const distinct of ["[]", "null"])
    expect(dataOf(await api.run(`{ users(distinct: ${distinct}) { id } }`))).toMatchObject({ users: { length: 4 } });
  expect(api.finds).toHaveLength(2);
});

it("knows no hidden column", async () => {
  const api = await open();
  expect(codes(await api.run(`{ users(distinct: [password_hash]) { id } }`))).toEqual(["BAD_USER_INPUT"]);
});

it("is of the rows and columns that the caller may see", async () => {
  const api = await open({
    authorize: () => ({ allow: true, columns: new Set(["firstname"]), filter: { last_name: "Lee" } }),
  });
  expect(dataOf(await api.run(`{ users(distinct: [firstname]) { id } }`))).toEqual({
    users: [{ id: "1" }, { id: "2" }],
  });
  const refused = await api.run(`{ users(distinct: [last_name]) { id } }`);
  expect(codes(refused)).toEqual(["FORBIDDEN"]);
  expect(messages(refused)).toContain("last_name");
});
