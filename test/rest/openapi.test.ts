import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { compileRoutes } from "../../src/rest/compile-routes.ts";
import { openApiOf } from "../../src/rest/openapi.ts";
import type { Routes } from "../../src/rest/route-config.ts";
import { parseRoutes } from "../../src/rest/route-spec.ts";
import type { JsonSchema } from "../../src/rest/scalar-schema.ts";
import type { AuthConfig } from "../../src/security/auth-config.ts";
import { appuser, collisions, everyType } from "../graphql/example-catalogs.ts";
import { calculator, owned } from "../graphql/owned-catalogs.ts";

function documentOf(routes: Routes, catalog: Catalog, auth?: AuthConfig): JsonSchema {
  const schema = buildValidSchema({ catalog, limits: defaultLimits });
  const compiled = compileRoutes(parseRoutes({ ...routes }).specs, { catalog, schema, introspection: true });
  return JSON.parse(JSON.stringify(openApiOf(compiled, { generation: 7, auth })));
}

const CALCULATOR: Routes = {
  "POST /values": { command: "CreateValue", summary: "Makes a value." },
  "PUT /values/{id}": { command: "ChangeValue", wait: "PROJECTED", rejections: { TOO_LARGE: 422 } },
  "GET /values/{id}": { read: "Value", columns: ["value"] },
};

const AUTH: AuthConfig = {
  jwt: { secret: "x".repeat(32), clockTolerance: 0, roleClaim: "role" },
  apiKeys: [{ name: "a", role: "b", key: "c".repeat(16) }],
  anonymousRole: "anonymous",
  required: false,
  adminRoles: [],
  knownRoles: undefined,
};

describe("the OpenAPI document", () => {
  it.each<[string, Routes, Catalog, AuthConfig | undefined]>([
    ["the calculator", CALCULATOR, calculator, undefined],
    [
      "every type",
      {
        "PUT /things/{title}/{id}": { event: "ThingChanged", wait: "PROJECTED" },
        "GET /things/{id}": { read: "Thing" },
      },
      everyType,
      AUTH,
    ],
    [
      "colliding names",
      { "PUT /q/{id}": { event: "Query" }, "GET /q/{id}": { read: "Query" } },
      collisions,
      { ...AUTH, jwt: undefined, required: true },
    ],
    [
      "owned topics",
      { "DELETE /accounts/{id}": { delete: "Account" }, "POST /accounts": { event: "AccountOpened" } },
      owned,
      undefined,
    ],
    [
      "open topics",
      {
        "POST /users": { event: "UserChanged", fields: { last_name: "{?last}" } },
        "DELETE /users/{id}": { delete: "User" },
      },
      appuser,
      AUTH,
    ],
  ])("of %s is valid OpenAPI 3.1", async (_what, routes, catalog, auth) => {
    const document = documentOf(routes, catalog, auth);
    const validator = new Validator();
    expect(await validator.validate({ ...document })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    for (const reference of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g))
      expect(atPath(document, (reference[1] ?? "").split("/"))).toBeDefined();
  });

  it("of the calculator is", async () => {
    await expect(`${JSON.stringify(documentOf(CALCULATOR, calculator), null, 2)}\n`).toMatchFileSnapshot(
      "../golden/rest/calculator.json",
    );
  });

  it("of every type is", async () => {
    const routes: Routes = { "PUT /things/{id}": { event: "ThingChanged" }, "GET /things/{id}": { read: "Thing" } };
    await expect(`${JSON.stringify(documentOf(routes, everyType), null, 2)}\n`).toMatchFileSnapshot(
      "../golden/rest/every-type.json",
    );
  });

  it("names nothing that is hidden", () => {
    const routes: Routes = {
      "GET /values/{id}": { read: "Value" },
      "POST /values": { command: "CreateValue", wait: "PROJECTED" },
    };
    expect(JSON.stringify(documentOf(routes, calculator))).not.toContain("secret");
  });

  it("describes the routes that can be served, and no others", () => {
    const document = documentOf({ ...CALCULATOR, "GET /gone/{id}": { read: "Gone" } }, calculator);
    expect(Object.keys(Object(document["paths"]))).toEqual(["/values", "/values/{id}"]);
  });

  it("says how one proves who one is", () => {
    expect(documentOf(CALCULATOR, calculator, AUTH)).toMatchObject({
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }, {}],
    });
    expect(documentOf(CALCULATOR, calculator)).not.toHaveProperty("security");
  });

  it("gives each operation a name of its own", () => {
    const routes: Routes = {
      "GET /a/b/{id}": { read: "User" },
      "GET /a_b/{id}": { read: "User" },
      "GET /a-b/{id}": { read: "User" },
    };
    const { paths } = documentOf(routes, appuser);
    const ids = Object.values(Object(paths)).map((item) => Object(item).get.operationId);
    expect(new Set(ids).size).toBe(3);
  });
});

function atPath(document: unknown, path: readonly string[]): unknown {
  return path.reduce((part, step) => Object(part)[step], document);
}
