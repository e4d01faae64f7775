import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import type { Routes } from "../../../src/rest/route-config.ts";
import type { Authenticate } from "../../../src/security/authenticate.ts";
import { appuser } from "../../graphql/example-catalogs.ts";
import { catalogOf } from "../../graphql/sketch.ts";
import { rawRequest, startTiny } from "../tiny-server.ts";
import { startRest } from "./rest-server.ts";

const routes: Routes = {
  "POST /users": { event: "UserChanged" },
  "POST /users/{id}/email": { event: "UserEmailChanged" },
  "GET /users/{id}": { read: "User" },
  "DELETE /users/{id}": { delete: "User" },
};
const ANN = { first_name: "Ann", last_name: "Lee" };

describe("a path of routes", () => {
  it("says which methods it has", async () => {
    const { send } = await startRest(appuser, routes);
    const { status, headers, body } = await send("PATCH /users/1", {});
    expect([status, headers.get("allow"), body]).toMatchObject([
      405,
      "GET, HEAD, DELETE, OPTIONS",
      { code: "BAD_USER_INPUT" },
    ]);
    const options = await send("OPTIONS /users/1");
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, DELETE, OPTIONS"]);
  });

  it.each(["GET /user/1", "GET /users/1/", "GET /Users/1", "GET /users//1", "GET /users/%ff", "GET /users/1/more"])(
    "isn't that of %s",
    async (on) => {
      const { send } = await startRest(appuser, routes);
      expect((await send(on)).status).toBe(404);
    },
  );

  it("takes keys as long as keys may be, and no longer ones", async () => {
    const { send, api } = await startRest(appuser, routes);
    expect((await send(`DELETE /users/${encodeURIComponent("ü".repeat(512))}`)).status).toBe(202);
    expect(api.appends).toEqual([{ tombstone: "ü".repeat(512) }]);
    expect((await send(`DELETE /users/${"x".repeat(1_025)}`)).body).toMatchObject({ code: "KEY_INVALID" });
    expect((await send(`DELETE /users/${"x".repeat(4_000)}`)).status).toBe(404);
  });

  it("is nothing where there are no routes", async () => {
    const { send } = await startRest(appuser, {});
    expect((await send("GET /openapi.json")).status).toBe(404);
    expect((await fetch(`${await startTiny()}/openapi.json`)).status).toBe(404);
  });

  it("is not told to a page with a rebound name", async () => {
    const { url } = await startRest(appuser, routes);
    expect(await rawRequest(url, { target: "/users/1", host: "evil.example" })).toMatch(/^HTTP\/1\.1 403/);
  });
});

describe("a body", () => {
  it.each([
    ["text/plain", JSON.stringify(ANN), 415],
    ["application/x-www-form-urlencoded", "a=1", 415],
    ["application/json; charset=utf-8", JSON.stringify(ANN), 202],
    ["application/vnd.acme+json", JSON.stringify(ANN), 202],
    ["application/json", "{", 400],
    ["application/json", "", 400],
    ["application/json", `{"first_name":"${"x".repeat(6_000)}"}`, 413],
    ["application/json", Buffer.from([0x22, 0xff, 0x22]), 400],
  ])("of %s %s is answered with %i", async (type, text, status) => {
    const { url, api } = await startRest(appuser, routes);
    const body = typeof text === "string" ? text : new Uint8Array(text);
    const response = await fetch(`${url}/users`, { method: "POST", headers: { "content-type": type }, body });
    expect(response.status).toBe(status);
    expect(Object(await response.json()).status).toBe(status === 202 ? "APPENDED" : status);
    expect(response.headers.get("accept")).toBe(status === 415 ? "application/json" : null);
    expect(api.appends).toHaveLength(status === 202 ? 1 : 0);
  });

  it("that doesn't say how long it is, is cut at the limit", async () => {
    const { url } = await startRest(appuser, routes);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(" ".repeat(1_000))),
    });
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: stream,
      duplex: "half",
    } as const;
    const status = await fetch(`${url}/users`, init).then(
      (response) => response.status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(status);
  });

  it("that has more fields than anybody reads is answered with the first of them", async () => {
    const { send } = await startRest(appuser, routes, { server: { limits: { bodyBytes: 1_000_000 } } });
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`f${index}`, 1]));
    const { status, body } = await send("POST /users", { ...ANN, ...many });
    expect([status, body?.["errors"]]).toEqual([400, expect.toSatisfy((errors) => errors.length === 50)]);
  });

  it("that is compressed is refused", async () => {
    const { send } = await startRest(appuser, routes);
    expect((await send("POST /users", ANN, { "content-encoding": "gzip" })).status).toBe(415);
  });

  it("that is none must not come from a page unasked", async () => {
    const { url, api } = await startRest(appuser, routes);
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/users/1/email`, { method: "POST", headers })).status;
    expect(await post({})).toBe(415);
    expect(api.appends).toEqual([]);
    expect(await post({ "eventql-csrf": "1" })).toBe(202);
    expect(await post({ "content-type": "application/json" })).toBe(202);
  });
});

describe("a page of another origin", () => {
  it("of this machine may ask, and read what it needs", async () => {
    const { send } = await startRest(appuser, routes);
    const origin = "http://localhost:3000";
    const asked = { origin, "access-control-request-headers": "content-type, if-match" };
    const { headers } = await send("OPTIONS /users", undefined, asked);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-methods")).toBe("POST, OPTIONS");
    expect(headers.get("access-control-allow-headers")).toBe("content-type, if-match");
    const answer = await send("POST /users", ANN, { origin });
    expect(answer.headers.get("access-control-expose-headers")).toContain("eventql-receipt");
  });

  it("of another one may not", async () => {
    const { send } = await startRest(appuser, routes);
    for (const on of ["OPTIONS /users", "POST /users"]) {
      const { headers } = await send(on, on.startsWith("POST") ? ANN : undefined, { origin: "https://evil.example" });
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("access-control-allow-methods")).toBeNull();
    }
  });
});

describe("who asks", () => {
  const authenticate: Authenticate = async ({ headers }) => {
    const { authorization } = headers;
    if (authorization === "Bearer good")
      return await Promise.resolve({ role: "admin", claims: {}, expiresAt: undefined });
    if (authorization === "Bearer later") throw new EventQLError("NOT_READY", "No keys now.");
    throw new EventQLError(authorization === "Bearer old" ? "TOKEN_EXPIRED" : "UNAUTHENTICATED", "No.");
  };

  it.each(["GET /users/1", "POST /users", "DELETE /users/1", "GET /openapi.json"])(
    "proves it first: %s",
    async (on) => {
      const { send, api } = await startRest(appuser, routes, { server: { authenticate } });
      const body = on.startsWith("POST") ? "not even JSON" : undefined;
      for (const [token, code] of [
        ["Bearer old", "TOKEN_EXPIRED"],
        ["x", "UNAUTHENTICATED"],
      ] as const) {
        const answer = await send(on, body, { authorization: token });
        expect([answer.status, answer.body, answer.headers.get("www-authenticate")]).toMatchObject([
          401,
          { code },
          "Bearer",
        ]);
      }
      const later = await send(on, body, { authorization: "Bearer later" });
      expect([later.status, later.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(api.appends).toEqual([]);
      const good = await send(on, on.startsWith("POST") ? ANN : undefined, { authorization: "Bearer good" });
      expect(good.status).not.toBe(401);
    },
  );

  it("is known to the policy", async () => {
    const authorize: NonNullable<Parameters<typeof startRest>[2]>["authorize"] = ({ identity }) =>
      identity?.role === "admin" ? { allow: true } : { allow: false, reason: "no admin" };
    const { send } = await startRest(appuser, routes, { authorize, server: { authenticate } });
    expect((await send("POST /users", ANN, { authorization: "Bearer good" })).status).toBe(202);
  });
});

describe("a request's name", () => {
  it("is in the answer, its header and problems alike", async () => {
    const { send } = await startRest(appuser, routes);
    const { headers, body } = await send("POST /users", {}, { "x-request-id": "mine" });
    expect([headers.get("x-request-id"), body?.["requestId"]]).toEqual(["mine", "mine"]);
  });
});

describe("a route that the schemas no longer have", () => {
  it("is not served, and says why; the others are", async () => {
    let catalog: Catalog = appuser;
    const { send } = await startRest(appuser, routes, { later: () => catalog });
    expect((await send("POST /users", ANN)).status).toBe(202);
    const [user] = appuser.aggregates;
    if (user === undefined) throw new TypeError("the catalog is empty");
    catalog = catalogOf({ ...user, eventTypes: user.eventTypes.slice(1) });
    const { status, body } = await send("POST /users", ANN);
    expect([status, body]).toMatchObject([
      503,
      { code: "CATALOG_INVALID", detail: expect.stringContaining("names an event UserChanged, which there isn't") },
    ]);
    expect((await send("DELETE /users/1")).status).toBe(202);
    catalog = appuser;
    expect((await send("POST /users", ANN)).status).toBe(202);
  });

  it("tells no names where introspection is off", async () => {
    const { send } = await startRest(appuser, routes, { later: () => catalogOf(), server: { introspection: false } });
    const { body } = await send("POST /users", ANN);
    expect(body?.["detail"]).toBe("The route POST /users can't be served by the schemas of now.");
  });
});

it("answers as it can before there is an API", async () => {
  const served = (): never => {
    throw new EventQLError("NOT_READY", "Still starting.");
  };
  const { send } = await startRest(appuser, routes, { server: { rest: { specs: [], served } } });
  expect((await send("GET /users/1")).status).toBe(404);
  const url = await startTiny({
    rest: {
      specs: [{ on: "GET /a/{id}", method: "GET", path: "/a/{id}", parameters: ["id"], route: { read: "A" } }],
      served,
    },
  });
  const response = await fetch(`${url}/a/1`);
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { code: "NOT_READY", detail: "Still starting." },
  ]);
});

it("takes persisted operations alone from others, and routes all the same", async () => {
  const { send } = await startRest(appuser, routes, {
    server: { persistedOperations: { documents: new Map(), only: true } },
  });
  expect((await send("POST /users", ANN)).status).toBe(202);
});
