import { expect, it } from "vitest";
import type { Route } from "../../src/rest/route-config.ts";
import { describeRouteProblem } from "../../src/rest/route-problems.ts";
import { parseRoutes } from "../../src/rest/route-spec.ts";

const EVENT = { event: "UserChanged" };
const READ = { read: "User" };

function problemsOf(routes: Readonly<Record<string, Route>>): readonly string[] {
  return parseRoutes(routes).problems.map(describeRouteProblem);
}

it("reads methods, paths and their parameters", () => {
  const { specs, problems } = parseRoutes({ "PUT /a-b/{team}/c.d/{id}": EVENT });
  expect(problems).toEqual([]);
  expect(specs).toEqual([
    {
      on: "PUT /a-b/{team}/c.d/{id}",
      method: "PUT",
      path: "/a-b/{team}/c.d/{id}",
      parameters: ["team", "id"],
      route: EVENT,
    },
  ]);
});

it.each<[string, Readonly<Record<string, Route>>, string]>([
  ["no method", { "/users": EVENT }, "is no method and path"],
  ["another method", { "FETCH /users": EVENT }, "is no method and path"],
  ["two spaces", { "GET  /users/{id}": READ }, "is no method and path"],
  ["a slash at the end", { "POST /users/": EVENT }, 'has a part ""'],
  ["two slashes", { "POST /users//x": EVENT }, 'has a part ""'],
  ["a step up", { "POST /users/../x": EVENT }, 'has a part ".."'],
  ["a parameter with a colon", { "GET /users/:id": READ }, 'has a part ":id"'],
  ["a wildcard", { "POST /users/*": EVENT }, 'has a part "*"'],
  ["a parameter beside text", { "POST /users/x{id}": EVENT }, 'has a part "x{id}"'],
  ["a parameter first", { "GET /{id}": READ }, "begins with a parameter"],
  ["GraphQL's path", { "POST /graphql": EVENT }, "takes /graphql, which is EventQL's own"],
  ["a path below", { "GET /events/{id}": READ }, "takes /events"],
  ["the description's path", { "GET /openapi.json/{id}": READ }, "takes /openapi.json"],
  [
    "the same twice",
    { "GET /u/{id}": READ, "GET /u/{name}/x": READ, "GET /u/{id}/x": READ },
    'is the same as "GET /u/{name}/x"',
  ],
  [
    "other names of parameters",
    { "GET /u/{id}": READ, "PUT /u/{name}": EVENT },
    "has other names for the parameters of",
  ],
  ["a parameter twice", { "POST /u/{a}/{a}": EVENT }, "has the parameter {a} twice"],
  ["reading by POST", { "POST /u/{id}": READ }, "reads by a method that writes"],
  ["writing by GET", { "GET /u/{id}": EVENT }, "writes by GET"],
  ["reading without a key", { "GET /u": READ }, "has no key. Put the parameter {id} into the path."],
  ["deleting without a key", { "DELETE /u": { delete: "User" } }, "has no key"],
  ["a parameter that nothing needs", { "GET /u/{team}/{id}": READ }, "has {team}, which nothing needs"],
  ["a source that is none", { "POST /u": { ...EVENT, fields: { a: "team" } } }, 'fills a from "team"'],
  ["a source that isn't there", { "POST /u/{team}": { ...EVENT, fields: { a: "{tem}" } } }, "Did you mean team?"],
])("finds %s", (_what, routes, problem) => {
  expect(problemsOf(routes).join("\n")).toContain(problem);
});

it("lets methods share a path, and a fixed part stand beside a parameter", () => {
  const routes = {
    "GET /u/{id}": READ,
    "PUT /u/{id}": EVENT,
    "PUT /u/latest": EVENT,
    "DELETE /u/{id}": { delete: "User" },
  };
  expect(problemsOf(routes)).toEqual([]);
});
