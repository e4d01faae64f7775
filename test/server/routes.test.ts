import { describe, expect, it } from "vitest";
import type { Readiness } from "../../src/server/readiness.ts";
import { rawRequest, startTiny } from "./tiny-server.ts";

const READY: Readiness = { catalogLoaded: true, stores: { eventLog: true, readModel: true }, caughtUp: true };
const BROWSER = { accept: "text/html,application/xhtml+xml" };

describe("readiness", () => {
  it("is 200 when everything is there, with details", async () => {
    const details = { skippedSubjects: [{ subject: "x", reason: "no record" }] };
    const response = await fetch(`${await startTiny({ readiness: () => ({ ...READY, details }) })}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ready: true, ...READY, ...details });
  });

  it.each([
    ["the catalog is not loaded", { ...READY, catalogLoaded: false }],
    ["a store is away", { ...READY, stores: { eventLog: true, readModel: false } }],
    ["the projector has not caught up", { ...READY, caughtUp: false }],
  ])("is 503 while %s", async (_what, readiness) => {
    const response = await fetch(`${await startTiny({ readiness: () => readiness })}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, ...readiness });
  });

  it("is 503 when it can't be told", async () => {
    const readiness = async (): Promise<Readiness> => await Promise.reject(new Error("no answer"));
    const response = await fetch(`${await startTiny({ readiness })}/readyz`);
    expect([response.status, await response.json()]).toEqual([503, { ready: false, reason: "no answer" }]);
  });

  it("shows details only to administrators where a policy is configured", async () => {
    const details = { skippedSubjects: [] };
    const url = await startTiny({
      readiness: () => ({ ...READY, details }),
      authorize: ({ headers }) => (headers["x-role"] === "admin" ? { allow: true } : { allow: false, reason: "no" }),
    });
    expect(await (await fetch(`${url}/readyz`)).json()).not.toHaveProperty("skippedSubjects");
    const asAdmin = await fetch(`${url}/readyz`, { headers: { "x-role": "admin" } });
    expect(await asAdmin.json()).toHaveProperty("skippedSubjects");
  });
});

it("is alive", async () => {
  const response = await fetch(`${await startTiny({ readiness: () => ({ ...READY, caughtUp: false }) })}/healthz`);
  expect([response.status, await response.json()]).toEqual([200, { status: "alive" }]);
});

it("answers GET only at its health routes", async () => {
  const response = await fetch(`${await startTiny()}/healthz`, { method: "POST" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

it("says where to go from a path that is none", async () => {
  const response = await fetch(`${await startTiny()}/grapql?x=1`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("nothing at /grapql: the API is at /graphql");
});

it.each(["//graphql", "/graphql/../healthz", "http://[", "/%00"])(
  "survives the odd request target %s",
  async (target) => {
    expect(await rawRequest(await startTiny(), { target })).toMatch(/^HTTP\/1\.1 [45]\d\d/);
  },
);

describe("GraphiQL", () => {
  it("opens in a browser on the given query, with every part in the page", async () => {
    const response = await fetch(`${await startTiny()}/graphql`, { headers: BROWSER });
    const html = await response.text();
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(html).toContain("<title>Tiny</title>");
    expect(html).toContain('"defaultQuery":"{ hello }"');
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=["']?(https?:)?\/\//);
  });

  it("is not sent again to who has it", async () => {
    const url = await startTiny();
    const first = await fetch(`${url}/graphql`, { headers: BROWSER });
    await first.arrayBuffer();
    const again = await fetch(`${url}/graphql`, {
      headers: { ...BROWSER, "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("can't be left by a query with a closing tag", async () => {
    const graphiqlPage = () => ({ title: "Tiny", defaultQuery: "# </script><script>alert(1)</script>" });
    const response = await fetch(`${await startTiny({ graphiqlPage })}/graphql`, { headers: BROWSER });
    expect(await response.text()).not.toContain("<script>alert(1)");
  });

  it("is where a browser is sent from the root", async () => {
    const response = await fetch(await startTiny(), { headers: BROWSER, redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/graphql"]);
  });
});

it("says what to do about a port that is taken", async () => {
  const { port } = new URL(await startTiny());
  await expect(startTiny({ port: Number(port) })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: `Port ${port} is taken by another program: stop that one, or choose another with --port (0: any free one).`,
  });
});

it("says that a host is none of this machine's", async () => {
  await expect(startTiny({ host: "203.0.113.7", allowAnonymous: true })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("--host"),
  });
});
