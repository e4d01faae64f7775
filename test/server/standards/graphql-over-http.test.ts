import { expect, it } from "vitest";
import { unmetAudits } from "../../support/http-audits.ts";
import { startTiny } from "../tiny-server.ts";

/** Wide enough for what the audits send. */
const limits = { depth: 50, aliases: 30, tokens: 1_000, bodyBytes: 100_000, bufferedBytes: 10_000 };

it("is served as the specification says, what it leaves open included", async () => {
  const { audits, ...unmet } = await unmetAudits(await startTiny({ limits }), { "eventql-csrf": "1" });
  expect(audits).toBeGreaterThan(50);
  expect(unmet).toEqual({ must: [], should: [], may: [] });
});

it("is served so to clients without the header against foreign pages, too, but that they may not use GET", async () => {
  const { must, should, may } = await unmetAudits(await startTiny({ limits }));
  expect({ must, should }).toEqual({ must: [], should: [] });
  expect(may.length).toBeGreaterThan(0);
  for (const audit of may) expect(audit).toMatch(/^\w+ MAY .*GET/);
});

it.each(["PUT", "DELETE", "PATCH"])("has no %s", async (method) => {
  const response = await fetch(`${await startTiny()}/graphql`, { method, headers: { "eventql-csrf": "1" } });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
});
