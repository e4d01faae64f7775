import { describe, expect, test } from "vitest";
import { durationMs } from "../../src/model/duration.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import type { CatalogHints } from "../../src/catalog/hints.ts";
import type { KeptHistory } from "../../src/catalog/types.ts";
import { messageOf } from "../../src/errors.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const DAY_MS = 86_400_000;

const recordOf = (name: string, eventql?: object): object => ({
  type: "record",
  name,
  namespace: "x",
  ...(eventql === undefined ? {} : { eventql }),
  fields: [{ name: `of_${name}`, type: "string" }],
});

async function historyOf(
  hints: Readonly<Record<string, object | undefined>>,
  config?: CatalogHints,
): Promise<KeptHistory | undefined> {
  const registry = new FakeRegistry();
  for (const [name, hint] of Object.entries(hints)) await registry.add(`t-x.${name}`, recordOf(name, hint));
  const { aggregates } = await gatherCatalog(registry, config === undefined ? {} : { hints: config });
  return aggregates[0]?.history;
}

describe("the hint history", () => {
  test.each([
    [{ A: undefined }, undefined],
    [{ A: { history: false } }, undefined],
    [{ A: { history: true } }, { ttlMs: undefined }],
    [{ A: undefined, B: { history: true } }, { ttlMs: undefined }],
    [{ A: { history: true }, B: { history: true } }, { ttlMs: undefined }],
    [{ A: { history: { ttl: "P30D" } } }, { ttlMs: 30 * DAY_MS }],
    [{ A: { history: { ttl: "P1DT12H" } }, B: { history: { ttl: "PT36H" } } }, { ttlMs: 1.5 * DAY_MS }],
    [{ A: { history: { ttlDays: 7 } } }, { ttlMs: 7 * DAY_MS }],
  ])("of %j keeps %j", async (hints, kept) => {
    expect(await historyOf(hints)).toEqual(kept);
  });

  test("of the configuration wins", async () => {
    const config = { "x.A": { history: { ttlDays: 1 } } };
    expect(await historyOf({ A: { history: true } }, config)).toEqual({ ttlMs: DAY_MS });
    expect(await historyOf({ A: { history: true } }, { "x.A": { history: false } })).toBeUndefined();
  });

  test.each([
    [{ A: { history: { ttl: "P1M" } } }, 'the history {"ttl":"P1M"} can\'t be understood'],
    [{ A: { history: { ttl: "P0D" } } }, "can't be understood"],
    [{ A: { history: { ttlDays: 0 } } }, "can't be understood"],
    [{ A: { history: { ttlDays: 30_000 } } }, "can't be understood"],
    [{ A: { history: { ttlDays: 1, ttl: "P1D" } } }, "can't be understood"],
    [{ A: { history: "P30D" } }, '{ "ttl": "P30D" } or { "ttlDays": 30 }'],
    [{ A: { history: true }, B: { history: { ttlDays: 1 } } }, "says otherwise than another event type"],
  ])("of %j is refused", async (hints, text) => {
    const refusal = await historyOf(hints).then(() => "", messageOf);
    expect(refusal).toContain(text);
  });
});

describe("a duration", () => {
  test.each([
    ["P1D", DAY_MS],
    ["P2W", 14 * DAY_MS],
    ["PT1H1M1S", 3_661_000],
    ["P1DT1S", DAY_MS + 1_000],
    ["P", undefined],
    ["PT", undefined],
    ["P1DT", undefined],
    ["P1Y", undefined],
    ["1D", undefined],
    ["P1.5D", undefined],
  ])("of %s is %s ms", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});
