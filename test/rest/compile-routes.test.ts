import { expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { compileRoutes } from "../../src/rest/compile-routes.ts";
import type { Routes } from "../../src/rest/route-config.ts";
import { routesInvalid } from "../../src/rest/route-problems.ts";
import { parseRoutes } from "../../src/rest/route-spec.ts";
import { appuser, everyType } from "../graphql/example-catalogs.ts";
import { calculator, owned } from "../graphql/owned-catalogs.ts";
import { aggregate, catalogOf, column, eventType, field, list, needed, nullable, record } from "../graphql/sketch.ts";

function problemsOf(routes: Routes, catalog: Catalog): readonly string[] {
  const schema = buildValidSchema({ catalog, limits: defaultLimits });
  const compiled = compileRoutes(parseRoutes({ ...routes }).specs, { catalog, schema, introspection: true });
  const problems = compiled.flatMap((route) => (route.operation === undefined ? route.problems : []));
  return problems.length === 0 ? [] : routesInvalid(problems).message.split("\n");
}

it.each<[string, Routes, Catalog, string]>([
  [
    "an aggregate",
    { "GET /u/{id}": { read: "Usr" } },
    appuser,
    '"GET /u/{id}" names an aggregate Usr, which there isn\'t. Did you mean User?',
  ],
  ["an event", { "POST /u": { event: "UserChangd" } }, appuser, "Did you mean UserChanged?"],
  ["a command", { "POST /u": { command: "CreateValu" } }, calculator, "Did you mean CreateValue?"],
  ["a command where there is none", { "POST /u": { command: "X" } }, appuser, "There are none."],
  [
    "an event that rules alone append",
    { "POST /u": { event: "ValueAdded" } },
    calculator,
    "which the aggregate's rules alone append",
  ],
  [
    "a deletion that rules alone do",
    { "DELETE /u/{id}": { delete: "Value" } },
    calculator,
    "is changed by its commands alone",
  ],
  ["a column", { "GET /u/{id}": { read: "User", columns: ["firstnam"] } }, appuser, "Did you mean firstname?"],
  [
    "a hidden column",
    { "GET /u/{id}": { read: "User", columns: ["password_hash"] } },
    appuser,
    "which is hidden. Remove it here",
  ],
  [
    "columns of no document",
    { "PUT /u/{id}": { event: "UserChanged", columns: ["email"] } },
    appuser,
    "waits for no document",
  ],
  [
    "columns of a deletion",
    { "DELETE /u/{id}": { delete: "User", wait: "PROJECTED", columns: ["id"] } },
    appuser,
    "waits for no document",
  ],
  [
    "a filled field",
    { "PUT /u/{first_nam}/{id}": { event: "UserChanged" } },
    appuser,
    "fills first_nam from {first_nam}, but there is no such field. Did you mean first_name?",
  ],
  [
    "a field that is no plain value",
    { "PUT /u/{tags}/{id}": { event: "ThingChanged" } },
    everyType,
    "but it is no plain value. Send it in the body.",
  ],
])("finds what there isn't: %s", (_what, routes, catalog, problem) => {
  expect(problemsOf(routes, catalog).join("\n")).toContain(problem);
});

it("names all that is wrong at once", () => {
  const routes: Routes = {
    "GET /a/{id}": { read: "A", columns: ["x"] },
    "POST /b": { event: "B" },
    "GET /c/{id}": { read: "User", columns: ["x", "y"] },
  };
  expect(problemsOf(routes, appuser)).toHaveLength(1 + 4);
});

it("knows a command that has no rule from one that there isn't", () => {
  const [value] = calculator.aggregates;
  if (value?.owned === undefined) throw new TypeError("the calculator isn't owned");
  const ruleless = { ...calculator, aggregates: [{ ...value, owned: { ...value.owned, commands: [] } }] };
  expect(problemsOf({ "POST /v": { command: "CreateValue" } }, ruleless).join()).toContain(
    "for which no decider has a rule",
  );
});

it("finds no fault in routes that fit", () => {
  const routes: Routes = {
    "POST /values": { command: "calculator.CreateValue" },
    "GET /values/{id}": { read: "Value", columns: ["id", "value"] },
    "POST /accounts/{id}": { event: "MoneyMoved", wait: "PROJECTED", columns: ["amount"] },
    "DELETE /accounts/{id}": { delete: "Account" },
  };
  expect(problemsOf(routes, owned)).toEqual([]);
});

it("refuses a column that would make an answer of any size", () => {
  const wide = (depth: number): ReturnType<typeof record> =>
    record(
      `x.R${depth}`,
      Array.from({ length: 10 }, (_, i) => field(`f${i}`, depth === 0 ? needed("int") : needed(wideAt(depth - 1)))),
    );
  const made = new Map<number, ReturnType<typeof record>>();
  const wideAt = (depth: number): ReturnType<typeof record> => {
    const known = made.get(depth) ?? wide(depth);
    made.set(depth, known);
    return known;
  };
  const columns = [column("wide", nullable(wideAt(4))), column("n", nullable("int"))];
  const catalog = catalogOf(
    aggregate("Wide", { columns, eventTypes: [eventType(record("x.Made", [field("n", needed("int"))]))] }),
  );
  expect(problemsOf({ "GET /w/{id}": { read: "Wide" } }, catalog).join()).toContain(
    "more than 5000 fields within itself. Name the other columns in columns",
  );
  expect(problemsOf({ "GET /w/{id}": { read: "Wide", columns: ["n"] } }, catalog)).toEqual([]);
});

it("compiles records that contain themselves in many ways", () => {
  const fields: Parameters<typeof record>[1] extends readonly (infer F)[] ? F[] : never = [];
  const node = record("x.Node", fields);
  for (const name of ["a", "b", "c", "d"])
    fields.push(field(name, nullable(node)), field(`${name}s`, needed(list(node))));
  const catalog = catalogOf(
    aggregate("Graph", {
      columns: [column("node", nullable(node))],
      eventTypes: [eventType(record("x.Drawn", [field("node", nullable(node))]))],
    }),
  );
  expect(problemsOf({ "GET /g/{id}": { read: "Graph" }, "PUT /g/{id}": { event: "Drawn" } }, catalog)).toEqual([]);
});
