import { afterAll, beforeAll, expect, it } from "vitest";
import { compilePolicies } from "../../../src/graphql/policies/compile-policies.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { type Harness, codes, messages, openHarness } from "../harness.ts";
import { aggregate, catalogOf, column, field, list, map, needed, nullable, record, union } from "../sketch.ts";
import { identity } from "./policy-catalog.ts";

const MAIL = record("bank.Mail", [field("address", needed("string"))]);
const POST = record("bank.Post", [field("street", needed("string"))]);

/** Columns that are made of parts, each named as a column that is open to all. */
const catalog = catalogOf(
  aggregate("Account", {
    collection: "accounts",
    columns: [
      column("address", nullable("string")),
      column("contact", nullable(union("Contact", { "bank.Mail": MAIL, "bank.Post": POST }))),
      column("mail", nullable(MAIL)),
      column("mails", nullable(list(MAIL))),
      column("notes", nullable(map("string"))),
    ],
  }),
);

let api: Harness;

beforeAll(async () => {
  const policies = { Account: { clerk: { read: { columns: ["address"] } } } };
  const settings = { policies, adminRoles: ["admin"], anonymousRole: "anonymous" };
  api = await openHarness(catalog, { authorize: compilePolicies(catalog, settings, defaultLimits) });
  await api.store("accounts", [
    {
      _id: "1",
      address: "open",
      contact: { _type: "bank.Mail", value: { address: "secret" } },
      mail: { address: "secret" },
      mails: [{ address: "secret" }],
      notes: [{ key: "address", value: "secret" }],
    },
  ]);
});

afterAll(async () => {
  await api.close();
});

const WHERES = {
  "a union's branch": '{ contact: { mail: { address: { startsWith: "s" } } } }',
  "which branch a union has": "{ contact: { post: { isNull: true } } }",
  "whether there is a union": "{ NOT: { contact: { isNull: false } } }",
  "a field of a record": '{ mail: { address: { eq: "secret" } } }',
  "a field of a list's records": '{ mails: { some: { address: { eq: "secret" } } } }',
  "a map's key": '{ notes: { hasKey: "address" } }',
  "a map's value": '{ OR: [{ notes: { some: { value: { eq: "secret" } } } }] }',
};

it.each(Object.entries(WHERES))("%s is asked of by who sees the column alone", async (_what, where) => {
  for (const query of [
    `{ accounts(where: ${where}) { id } }`,
    `{ accountsConnection(where: ${where}) { totalCount } }`,
    `{ accountsAggregate(where: ${where}) { count } }`,
  ]) {
    const admin = await api.run(query, { identity: identity("admin") });
    expect(messages(admin)).toBe("");
    const clerk = await api.run(query, { identity: identity("clerk") });
    expect([codes(clerk), clerk.data]).toEqual([["FORBIDDEN"], null]);
    expect(JSON.stringify(clerk)).not.toContain("secret");
  }
});

it.each([
  "contact { ... on Mail { address } }",
  "contact { __typename }",
  "mail { address }",
  "mails { address }",
  "notes { key value }",
])("%s is shown to who sees the column alone", async (selection) => {
  const query = `{ account(id: "1") { address ${selection} } accountsConnection { nodes { address } } }`;
  const admin = await api.run(query, { identity: identity("admin") });
  expect(messages(admin)).toBe("");
  const clerk = await api.run(query, { identity: identity("clerk") });
  expect(codes(clerk)).toEqual(["FORBIDDEN"]);
  expect(clerk.data).toMatchObject({ account: { address: "open" } });
  expect(JSON.stringify(clerk)).not.toMatch(/secret|"Mail"/);
});
