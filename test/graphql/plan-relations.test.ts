import { describe, expect, test } from "vitest";
import type { Aggregate, Column } from "../../src/catalog/types.ts";
import { planSchema } from "../../src/graphql/plan.ts";
import { aggregate, catalogOf, column, list, nullable } from "./sketch.ts";

function reference(name: string, references: string, extra: Partial<Column> = {}): Column {
  return column(name, nullable("string"), { references, ...extra });
}

function references(name: string, target: string): Column {
  return column(name, nullable(list("string")), { references: target });
}

/** The relations of an aggregate in words: name, kind, column, target. */
function relationsOf(name: string, ...aggregates: readonly Aggregate[]): readonly string[] {
  const plan = planSchema(catalogOf(...aggregates)).aggregates.find((one) => one.aggregate.name === name);
  return (plan?.relations ?? []).map(
    ({ name: field, kind, column: along, target, deprecated }) =>
      `${field}: ${kind} ${target} by ${along.name}${deprecated === undefined ? "" : ` (${deprecated})`}`,
  );
}

const account = aggregate("Account");

describe("a relation is called", () => {
  test.each([
    ["account_id", "account"],
    ["accountId", "account"],
    ["accountID", "account"],
    ["ACCOUNT_ID", "ACCOUNT"],
    ["payer", "account"],
    ["paid", "account"],
    ["accountid", "account"],
    ["account", "accountDocument"],
  ])("by a column %s: %s", (name, field) => {
    const user = aggregate("User", { columns: [reference(name, "Account")] });
    expect(relationsOf("User", user, account)).toEqual([`${field}: one Account by ${name}`]);
  });

  test.each([
    ["account_ids", "accounts"],
    ["accountIds", "accounts"],
    ["accountIDs", "accounts"],
    ["account_id", "accounts"],
    ["payers", "accounts"],
    ["accounts", "accountsDocuments"],
  ])("by a list %s: %s", (name, field) => {
    const user = aggregate("User", { columns: [references(name, "Account")] });
    expect(relationsOf("User", user, account)).toEqual([`${field}: list Account by ${name}`]);
  });

  test("backwards by the plural of who references, and by the column where that is taken", () => {
    const user = aggregate("User", {
      columns: [
        reference("account_id", "Account"),
        reference("second_id", "Account"),
        references("third_ids", "Account"),
      ],
    });
    expect(relationsOf("Account", user, account)).toEqual([
      "users: many User by account_id",
      "usersBySecond_id: many User by second_id",
      "usersByThird_ids: many User by third_ids",
    ]);
  });

  test("otherwise than columns, and than what documents and filters have", () => {
    const user = aggregate("User", {
      columns: [
        column("account", nullable("string")),
        reference("account_id", "Account"),
        reference("_meta_id", "Account"),
      ],
    });
    const full = aggregate("Account", { columns: [column("users", nullable("string"))] });
    expect(relationsOf("User", user, full)).toEqual([
      "account_idAccount: one Account by account_id",
      "_meta_idAccount: one Account by _meta_id",
    ]);
    expect(relationsOf("Account", user, full)).toEqual([
      "usersByAccount_id: many User by account_id",
      "usersBy_meta_id: many User by _meta_id",
    ]);
  });

  test("in a circle, and to itself", () => {
    const user = aggregate("User", { columns: [reference("manager_id", "User"), reference("account_id", "Account")] });
    const owned = aggregate("Account", { columns: [reference("owner_id", "User")] });
    expect(relationsOf("User", owned, user)).toEqual([
      "manager: one User by manager_id",
      "account: one Account by account_id",
      "accounts: many Account by owner_id",
      "users: many User by manager_id",
    ]);
  });

  test("also as it was by its column's older name", () => {
    const user = aggregate("User", {
      columns: [reference("account_id", "Account"), reference("payer_id", "Account", { aliases: ["billing_id"] })],
    });
    expect(relationsOf("User", user, account)).toEqual([
      "account: one Account by account_id",
      "payer: one Account by payer_id",
      "billing: one Account by billing_id (Renamed to payer.)",
    ]);
    expect(relationsOf("Account", user, account)).toEqual([
      "users: many User by account_id",
      "usersByPayer_id: many User by payer_id",
      "usersByBilling_id: many User by billing_id (Renamed to usersByPayer_id.)",
    ]);
  });
});

test("there is none by a hidden column, nor to what isn't there", () => {
  const user = aggregate("User", {
    columns: [reference("account_id", "Account", { hidden: true }), reference("team_id", "Team")],
  });
  expect([relationsOf("User", user, account), relationsOf("Account", user, account)]).toEqual([[], []]);
});
