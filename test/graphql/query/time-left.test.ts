import { afterEach, beforeEach, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { timeLeft } from "../../../src/graphql/query/time-left.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, codes, openHarness } from "../harness.ts";

let api: Harness;

beforeEach(async () => {
  api = await openHarness(appuser, { limits: { ...defaultLimits, maxQueryMs: 500 } });
});

afterEach(async () => {
  await api.close();
});

function contextOf(deadline?: number): ReturnType<typeof createContext> {
  const context = createContext(api.services, { headers: {}, remoteAddress: undefined });
  if (deadline !== undefined) context.session.deadline = performance.now() + deadline;
  return context;
}

it("is that of each read where the request has no end", () => {
  expect(timeLeft(contextOf()).ms).toBe(500);
});

it("is what is left of the request's, as a whole number, and never more than a read's", () => {
  const { ms } = timeLeft(contextOf(200.5));
  expect(ms).toBeGreaterThan(100);
  expect(ms).toBeLessThanOrEqual(201);
  expect(Number.isInteger(ms)).toBe(true);
  expect(timeLeft(contextOf(60_000)).ms).toBe(500);
});

it("is over when the request's is", () => {
  expect(() => timeLeft(contextOf(-1))).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
});

it("is what a read failed for only when it is over", async () => {
  const failed = new EventQLError("READ_MODEL_UNAVAILABLE", "too slow");
  expect(timeLeft(contextOf()).errorOf(failed)).toBe(failed);
  const short = timeLeft(contextOf(1));
  await expect.poll(() => short.errorOf(failed)).toMatchObject({ code: "LIMIT_EXCEEDED" });
  const other = new EventQLError("INTERNAL", "broken");
  expect(short.errorOf(other)).toBe(other);
});

it("goes to the read model with each read", async () => {
  await api.run("{ users { id } }");
  expect(api.finds.map(({ options }) => [options.timeoutMs, options.maxExamined])).toEqual([[500, 1_000_000]]);
  const none = await openHarness(appuser, { limits: { ...defaultLimits, maxQueryMs: 0 } });
  expect(codes(await none.run("{ users { id } }"))).toEqual(["LIMIT_EXCEEDED"]);
  await none.close();
});
