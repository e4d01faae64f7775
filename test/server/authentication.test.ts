import { createClient } from "graphql-sse";
import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import type { Authenticate } from "../../src/security/authenticate.ts";
import type { Authorize } from "../../src/security/authorize.ts";
import type { Readiness } from "../../src/server/readiness.ts";
import { ask, startTiny } from "./tiny-server.ts";

const authenticate: Authenticate = async ({ headers }) => {
  const token = headers["authorization"];
  if (token === undefined) return { role: "anonymous", claims: {}, expiresAt: undefined };
  if (token === "Bearer old") throw new EventQLError("TOKEN_EXPIRED", "The token has expired: get a new one.");
  if (token === "Bearer broken") throw new TypeError("the secret inside");
  if (token !== "Bearer admin") throw new EventQLError("UNAUTHENTICATED", "The token is none of ours.");
  return await Promise.resolve({ role: "admin", claims: { sub: "ann" }, expiresAt: undefined });
};

const authorize: Authorize = ({ identity }) =>
  identity?.role === "admin" ? { allow: true } : { allow: false, reason: "not an admin" };

const json = (authorization: string): RequestInit => ({
  headers: { "content-type": "application/json", authorization },
});

describe("an operation over HTTP", () => {
  it.each([
    ["Bearer old", "TOKEN_EXPIRED"],
    ["Bearer wrong", "UNAUTHENTICATED"],
  ])("is refused to who presents %s, before any of it is looked at", async (token, code) => {
    const createContext = vi.fn<(caller: object) => object>(() => ({}));
    const url = await startTiny({ authenticate, createContext });
    for (const query of ["{ hello }", "{ __schema { queryType { name } } }", "{ helo }", "subscription { ticks }"]) {
      const answer = await ask(url, query, json(token));
      expect(answer).toMatchObject({ status: 401, body: { errors: [{ extensions: { code } }] } });
      expect(answer.body.errors).toHaveLength(1);
      expect(answer.body.errors?.[0]?.extensions).not.toHaveProperty("http");
    }
    expect(createContext).not.toHaveBeenCalled();
  });

  it("says how to authenticate, to a page of this machine, too", async () => {
    const url = await startTiny({ authenticate });
    const init = {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", authorization: "Bearer no", origin: "http://localhost:3000" },
    };
    const { headers } = await fetch(`${url}/graphql`, init);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
  });

  it("asks no proof of a browser's question what it may send", async () => {
    const asked = vi.fn<Authenticate>(authenticate);
    const headers = { origin: "http://localhost:3000", "access-control-request-method": "POST" };
    const response = await fetch(`${await startTiny({ authenticate: asked })}/graphql`, { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(asked).not.toHaveBeenCalled();
  });

  it("refuses a stream in the same way", async () => {
    const url = `${await startTiny({ authenticate })}/graphql`;
    const client = createClient({ url, headers: { authorization: "Bearer old" }, retryAttempts: 0 });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    client.subscribe(
      { query: "subscription { ticks }" },
      { next: resolve, error: resolve, complete: () => resolve(0) },
    );
    expect(await promise).toMatchObject({ response: { status: 401 } });
  });

  it("shows no more of a failure to examine a proof than its mask does", async () => {
    const { body } = await ask(await startTiny({ authenticate }), "{ hello }", json("Bearer broken"));
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(body.errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
  });

  it.each([
    ["who presented a good token", json("Bearer admin"), { role: "admin", claims: { sub: "ann" } }],
    ["who presented nothing", {}, { role: "anonymous" }],
  ])("knows %s", async (_who, init, identity) => {
    const createContext = vi.fn<(caller: object) => object>((caller) => ({ caller }));
    expect((await ask(await startTiny({ authenticate, createContext }), "{ hello }", init)).status).toBe(200);
    expect(createContext.mock.calls).toMatchObject([[{ identity, remoteAddress: "127.0.0.1" }]]);
  });

  it("has no identity where nobody is asked", async () => {
    const createContext = vi.fn<(caller: object) => object>((caller) => ({ caller }));
    await ask(await startTiny({ createContext }), "{ hello }");
    expect(createContext.mock.calls[0]?.[0]).not.toHaveProperty("identity");
  });
});

describe("metrics", () => {
  const metrics = async (): Promise<string> => await Promise.resolve("# HELP up\nup 1\n");

  it("are asked for later where the proof can't be examined now", async () => {
    const absent: Authenticate = async () => await Promise.reject(new EventQLError("NOT_READY", "No keys now."));
    const response = await fetch(`${await startTiny({ metrics, authenticate: absent })}/metrics`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { errors: [{ message: "No keys now.", extensions: { code: "NOT_READY" } }] },
    ]);
  });

  it("are for everyone where nobody is asked who they are", async () => {
    const response = await fetch(`${await startTiny({ metrics })}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect([response.status, await response.text()]).toEqual([200, "# HELP up\nup 1\n"]);
  });

  it.each([
    ["admins", "Bearer admin", 200, null, /^# HELP up/],
    ["users", "", 403, null, /"code":"FORBIDDEN"/],
    ["wrong tokens", "Bearer wrong", 401, "Bearer", /"code":"UNAUTHENTICATED"/],
    ["expired tokens", "Bearer old", 401, "Bearer", /"code":"TOKEN_EXPIRED"/],
  ])("are answered, where it is configured, to %s", async (_who, authorization, status, challenge, body) => {
    const headers: Record<string, string> = authorization === "" ? {} : { authorization };
    const response = await fetch(`${await startTiny({ metrics, authenticate, authorize })}/metrics`, { headers });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([status, challenge]);
    expect(await response.text()).toMatch(body);
  });

  it.each([{ authenticate }, { authorize }, { policies: {} }])(
    "are for no one where there is half a configuration",
    async (half) => {
      expect((await fetch(`${await startTiny({ metrics, ...half })}/metrics`)).status).toBe(403);
    },
  );

  it("are nowhere where there are none", async () => {
    expect((await fetch(`${await startTiny()}/metrics`)).status).toBe(404);
  });

  it("are read by GET only", async () => {
    expect((await fetch(`${await startTiny({ metrics })}/metrics`, { method: "POST" })).status).toBe(405);
  });

  it("are not told to a page with a rebound name", async () => {
    const { rawRequest } = await import("./tiny-server.ts");
    expect(await rawRequest(await startTiny({ metrics }), { target: "/metrics", host: "evil.example" })).toMatch(
      /^HTTP\/1\.1 403/,
    );
  });
});

it.each([
  ["an admin", "Bearer admin", true],
  ["a user", "", false],
  ["a wrong token", "Bearer wrong", false],
])("readiness is told to %s, its details to admins", async (_who, authorization, hasDetails) => {
  const readiness = (): Readiness => ({ catalogLoaded: true, stores: {}, caughtUp: true, details: { parkedKeys: 3 } });
  const url = await startTiny({ authenticate, authorize, readiness });
  const headers: Record<string, string> = authorization === "" ? {} : { authorization };
  const response = await fetch(`${url}/readyz`, { headers });
  expect(response.status).toBe(200);
  expect("parkedKeys" in Object(await response.json())).toBe(hasDetails);
});
