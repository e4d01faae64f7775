import { type IntrospectionQuery, buildClientSchema, getIntrospectionQuery, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { graphql } from "../../support/graphql-client.ts";
import { COLUMN_NAMES, columnDoors } from "./column-doors.ts";
import type { House } from "./house.ts";
import { mutationDoors } from "./mutation-doors.ts";
import { queryDoors } from "./query-doors.ts";
import { streamDoors } from "./subscription-doors.ts";

const WAITS = "timeoutMs, wait";

/** Every root field with its arguments: a new one is a new way to learn something, and needs a row in the tables. */
const ROOT_FIELDS = [
  "Query._generation()",
  ...["account", "user"].flatMap((name) => [`Query.${name}(id)`, `Query.${name}s(limit, offset, orderBy, where)`]),
  ...["accountOpened", "userChanged", "userDeactivated", "userEmailChanged"].map(
    (name) => `Mutation.${name}(id, input, ${WAITS})`,
  ),
  ...["deleteAccount", "deleteUser"].map((name) => `Mutation.${name}(id, ${WAITS})`),
  ...["account", "user"].flatMap((name) => [
    `Subscription.${name}Changes(after, snapshot, where)`,
    `Subscription.${name}EventStream(after, ids)`,
  ]),
].toSorted();

/** The fields of what is shown, the same way. */
const SHOWN_FIELDS = [
  ...["_meta", "id", "owner"].map((name) => `Account.${name}()`),
  ...["_meta", "id", ...COLUMN_NAMES].map((name) => `User.${name}()`),
  ...["cursor", "id", "operation", "previous"].flatMap((name) => [`AccountChange.${name}()`, `UserChange.${name}()`]),
  "AccountChange.account()",
  "UserChange.user()",
].toSorted();

/** The tables have a row for everything that the schema has. */
export function schemaSuite(house: () => House): void {
  describe("the tables", () => {
    test("have a row for every root field, and know all arguments and columns", async () => {
      const { url, proofs } = house();
      const { data } = await graphql(url, getIntrospectionQuery(), {}, proofs.admin);
      const schema = buildClientSchema(introspection.parse(data));
      const fieldsOf = (...names: readonly string[]): readonly string[] =>
        names.flatMap((name) => {
          const type = schema.getType(name);
          return Object.values(isObjectType(type) ? type.getFields() : {}).map(
            ({ name: field, args }) =>
              `${name}.${field}(${args
                .map((arg) => arg.name)
                .toSorted()
                .join(", ")})`,
          );
        });
      expect(fieldsOf("Query", "Mutation", "Subscription").toSorted()).toEqual(ROOT_FIELDS);
      expect(fieldsOf("Account", "User", "AccountChange", "UserChange").toSorted()).toEqual(SHOWN_FIELDS);
      const tried = [...queryDoors(house()), ...columnDoors(), ...mutationDoors].flatMap(({ fields }) => fields);
      const rows = new Set([...tried, ...streamDoors.map(({ field }) => field)]);
      expect([...rows].toSorted()).toEqual(ROOT_FIELDS.map((field) => field.replace(/\(.*$/, "")));
    });
  });
}

const introspection = z.custom<IntrospectionQuery>(
  (value) => z.looseObject({ __schema: z.object() }).safeParse(value).success,
);
