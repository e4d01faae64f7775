import { afterEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { compilePolicies } from "../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import type { Identity } from "../../src/security/authorize.ts";
import { type Subjects, catalogOf } from "../catalog/support/catalog-of.ts";
import { type Harness, type HarnessOptions, openHarness } from "./harness.ts";

const text = { type: "string" };
const inner = (field: object): object => ({ type: { type: "record", name: "Place", fields: [field] } });
const changed = (...fields: readonly object[]): object => ({ type: "record", name: "x.Changed", fields });
const references = { eventql: { references: "User" } };

/** A field, a field of a nested record and one that refers to another document, before and after a rename. */
const VERSIONS: Subjects = [
  [
    "user-value",
    changed(
      { name: "name", ...text },
      { name: "home", ...inner({ name: "zip", ...text }) },
      { name: "boss_id", ...text, ...references },
      { name: "phone", ...text },
    ),
  ],
  [
    "user-value",
    changed(
      { name: "full_name", ...text, aliases: ["name"] },
      { name: "home", ...inner({ name: "postcode", ...text, aliases: ["zip"] }) },
      { name: "manager_id", ...text, aliases: ["boss_id"], ...references },
      { name: "phone", ...text },
    ),
  ],
];

const DOCUMENTS = [
  { _id: "old", name: "Ada", home: { zip: "1" }, boss_id: "new", phone: "11" },
  { _id: "new", name: "Bob", home: { postcode: "2" }, boss_id: "old", phone: "22" },
];

describe("an API after a rename", () => {
  let harness: Harness | undefined;

  const open = async (options: (catalog: Catalog) => HarnessOptions = () => ({})): Promise<Harness> => {
    const catalog = await catalogOf(VERSIONS);
    harness = await openHarness(catalog, options(catalog));
    await harness.store("users", DOCUMENTS);
    return harness;
  };
  const dataOf = async (query: string, identity?: Identity): Promise<unknown> => {
    const { data, errors } = (await harness?.run(query, identity === undefined ? {} : { identity })) ?? {};
    expect(errors?.map(({ message }) => message)).toBeUndefined();
    return JSON.parse(JSON.stringify(data));
  };

  afterEach(async () => {
    await harness?.close();
  });

  it("shows documents of either version by both names, nested fields too", async () => {
    await open();
    const users = [
      { full_name: "Bob", name: "Bob", home: { postcode: "2", zip: "2" }, manager: { id: "old" }, boss: { id: "old" } },
      { full_name: "Ada", name: "Ada", home: { postcode: "1", zip: "1" }, manager: { id: "new" }, boss: { id: "new" } },
    ];
    const select = "full_name name home { postcode zip } manager { id } boss { id }";
    expect(await dataOf(`{ users(orderBy: [{ id: ASC }]) { ${select} } }`)).toEqual({ users });
  });

  it.each(["full_name", "name"])("filters, orders and groups by %s", async (name) => {
    await open();
    expect(
      await dataOf(`{
        users(where: { ${name}: { in: ["Ada", "Bob"] } }, orderBy: [{ ${name}: DESC }]) { id }
        usersConnection(where: { NOT: { ${name}: { eq: "Bob" } } }) { edges { node { id } } }
        usersAggregate(groupBy: [${name}]) { key { ${name} } count }
      }`),
    ).toEqual({
      users: [{ id: "new" }, { id: "old" }],
      usersConnection: { edges: [{ node: { id: "old" } }] },
      usersAggregate: [
        { key: { [name]: "Ada" }, count: 1 },
        { key: { [name]: "Bob" }, count: 1 },
      ],
    });
  });

  it("deprecates the old names wherever they stand", async () => {
    await open();
    const of = (type: string, part: string): string =>
      `${type}: __type(name: "${type}") { ${part}(includeDeprecated: true) { name deprecationReason } }`;
    const types = [of("User", "fields"), of("Place", "fields")].concat(
      ["UserWhere", "UserOrderBy", "PlaceFilter", "ChangedInput"].map((type) => of(type, "inputFields")),
    );
    const told = JSON.stringify(await dataOf(`{ ${types.join(" ")} }`));
    const count = (name: string, now: string): number =>
      told.split(`{"name":"${name}","deprecationReason":"Renamed to ${now}."}`).length - 1;
    expect([count("name", "full_name"), count("zip", "postcode"), count("boss", "manager")]).toEqual([4, 2, 2]);
  });

  describe.each([["name"], ["full_name"]])("with a policy that knows the column as %s", (allowed) => {
    const identity: Identity = { role: "reader", claims: {}, expiresAt: undefined };
    const withPolicy = (catalog: Catalog): HarnessOptions => ({
      authorize: compilePolicies(
        catalog,
        {
          policies: { User: { reader: { read: { columns: [allowed], where: { [allowed]: { eq: "Ada" } } } } } },
          adminRoles: ["admin"],
          anonymousRole: "anonymous",
        },
        defaultLimits,
      ),
    });

    it("shows it by both names, and nothing else", async () => {
      await open(withPolicy);
      expect(
        await dataOf(`{ users(where: { name: { ne: "" }, full_name: { ne: "" } }) { name full_name } }`, identity),
      ).toEqual({
        users: [{ name: "Ada", full_name: "Ada" }],
      });
      const refused = ["{ users { phone } }", "{ users { boss_id } }", "{ users { manager_id } }"].concat([
        `{ users(where: { boss_id: { eq: "new" } }) { id } }`,
        `{ users(orderBy: [{ manager_id: ASC }]) { id } }`,
      ]);
      for (const query of refused) {
        const { errors } = (await harness?.run(query, { identity })) ?? {};
        expect(errors?.[0]?.extensions["code"]).toBe("FORBIDDEN");
      }
    });
  });

  it("hides by both names what a hint hides, in the events that delete it too", async () => {
    const hidden = { eventql: { hidden: true } };
    const catalog = await catalogOf([
      ["user-x.Changed", changed({ name: "secret", ...text })],
      ["user-x.Changed", changed({ name: "token", ...text, aliases: ["secret"], ...hidden })],
      [
        "user-x.Gone",
        { type: "record", name: "x.Gone", eventql: { effect: "delete" }, fields: [{ name: "secret", ...text }] },
      ],
    ]);
    harness = await openHarness(catalog);
    const types = ["User", "UserWhere", "Changed", "Gone"].map(
      (type) =>
        `${type}: __type(name: "${type}") { fields(includeDeprecated: true) { name } inputFields(includeDeprecated: true) { name } }`,
    );
    expect(JSON.stringify(await dataOf(`{ ${types.join(" ")} }`))).not.toMatch(/secret|token/);
  });
});
