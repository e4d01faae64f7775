import { expect, it } from "vitest";
import { allowAll } from "../../src/security/authorize.ts";
import { ask, rawRequest, startTiny } from "./tiny-server.ts";

const QUERY = "query=%7B%20hello%20%7D";

it.each([
  ["a plain GET", `?${QUERY}`, {}],
  ["a form", "", { method: "POST", body: new URLSearchParams(QUERY) }],
  ["plain text", "", { method: "POST", body: '{"query":"{ hello }"}', headers: { "content-type": "text/plain" } }],
  ["a body without a type", "", { method: "POST", body: new Blob(['{"query":"{ hello }"}']) }],
])("refuses %s, which a foreign page could send", async (_what, search, init) => {
  const response = await fetch(`${await startTiny()}/graphql${search}`, init);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining("eventql-csrf: 1"), extensions: { code: "FORBIDDEN" } }],
  });
});

it("answers a GET that carries the header", async () => {
  const response = await fetch(`${await startTiny()}/graphql?${QUERY}`, { headers: { "eventql-csrf": "1" } });
  expect(await response.json()).toEqual({ data: { hello: "world" } });
});

it("does not let a GET change anything", async () => {
  const response = await fetch(`${await startTiny()}/graphql?query=mutation%7Btouch%7D`, {
    headers: { "eventql-csrf": "1" },
  });
  expect(response.status).toBe(405);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
});

const preflight = async (url: string, origin: string): Promise<Headers> => {
  const headers = { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
  const { headers: answered } = await fetch(`${url}/graphql`, { method: "OPTIONS", headers });
  return answered;
};

it.each(["http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:8080"])(
  "lets a page of %s read answers, without credentials",
  async (origin) => {
    const headers = await preflight(await startTiny(), origin);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  },
);

it.each(["https://example.com", "http://localhost.example.com", "null"])(
  "lets no page of %s read answers",
  async (origin) => {
    const headers = await preflight(await startTiny(), origin);
    expect(headers.get("access-control-allow-origin")).toBeNull();
  },
);

it("refuses a foreign Host where everyone is trusted, as a page with a rebound name sends it", async () => {
  const url = await startTiny();
  expect(await rawRequest(url, { host: "evil.example" })).toMatch(/^HTTP\/1\.1 403[^]*"code":"FORBIDDEN"/);
  expect(await rawRequest(url, { host: "localhost" })).toMatch(/^HTTP\/1\.1 200/);
});

it.each([
  ["a policy is configured", { authorize: allowAll }],
  ["anonymous callers are allowed", { allowAnonymous: true }],
])("takes any Host where %s", async (_why, options) => {
  expect(await rawRequest(await startTiny(options), { host: "api.example" })).toMatch(/^HTTP\/1\.1 200/);
});

it("refuses to listen for other machines while nobody is asked who they are", async () => {
  await expect(startTiny({ host: "0.0.0.0" })).rejects.toMatchObject({
    code: "BIND_REFUSED",
    message: expect.stringContaining("--allow-anonymous"),
  });
});

it.each([
  ["a policy", { authorize: allowAll }],
  ["leave", { allowAnonymous: true }],
])("listens for other machines with %s", async (_why, options) => {
  const url = await startTiny({ host: "0.0.0.0", ...options });
  expect((await ask(url, "{ hello }")).status).toBe(200);
});
