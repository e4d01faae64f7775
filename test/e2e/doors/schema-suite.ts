import { type GraphQLSchema, type IntrospectionQuery, buildClientSchema, getIntrospectionQuery } from "graphql";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { graphql } from "../../support/graphql-client.ts";
import { administrationMutationDoors } from "./administration-doors.ts";
import { columnDoors } from "./column-doors.ts";
import { commandDoors, heardDoor } from "./command-doors.ts";
import { waysOf, waysUsed } from "./coverage.ts";
import type { House } from "./house.ts";
import { mutationDoors } from "./mutation-doors.ts";
import { queryDoors } from "./query-doors.ts";
import { streamDoors } from "./subscription-doors.ts";

/** What the suite of tokens that expire tries: where subscriptions go on. */
const ELSEWHERE = ["AccountChange.cursor", "UserChange.cursor", "Query.surface(after)", "SurfacePage.pageInfo"].concat(
  ["account", "user"].map((name) => `Subscription.${name}Changes(after)`),
);

/** Columns that are hidden, and what leads along one. */
const HIDDEN = /\b(?:pin|auditor|accountsByAuditor)\b/;

/** The tables have a row for everything that the schema has. */
export function schemaSuite(house: () => House): void {
  describe("the tables", () => {
    test("have a row for every field, argument, column, order, filter and group that there is", async () => {
      const schema = await schemaOf(house());
      const doors = [...queryDoors(house()), ...columnDoors(), ...mutationDoors, ...commandDoors, heardDoor].concat(
        administrationMutationDoors,
      );
      const operations = [...doors.map(({ operation }) => operation.query), ...streamDoors.map(({ query }) => query)];
      const used = waysUsed(schema, operations);
      const ways = [...waysOf(schema)];
      expect(ways.length).toBeGreaterThan(100);
      expect(ways.filter((way) => !used.has(way)).toSorted()).toEqual(ELSEWHERE.toSorted());
    });

    test("have each row once", () => {
      const doors = [...queryDoors(house()), ...columnDoors()];
      expect(doors.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index)).toEqual([]);
    });

    test("have nothing to say of what is hidden: it may be given, and is shown nowhere", async () => {
      expect([...waysOf(await schemaOf(house()))].filter((way) => HIDDEN.test(way))).toEqual([]);
      const lines = house().sdl.split("\n");
      expect(lines.filter((line) => HIDDEN.test(line)).map((line) => line.trim())).toEqual([
        "auditor: String",
        "pin: String!",
      ]);
      expect(house().sdl).toMatch(/input AccountOpenedInput \{[^}]*pin: String![^}]*\}/);
    });
  });
}

async function schemaOf({ url, proofs }: House): Promise<GraphQLSchema> {
  const query = getIntrospectionQuery({ inputValueDeprecation: true });
  const { data } = await graphql(url, query, {}, proofs.admin);
  return buildClientSchema(introspection.parse(data));
}

const introspection = z.custom<IntrospectionQuery>(
  (value) => z.looseObject({ __schema: z.object() }).safeParse(value).success,
);
