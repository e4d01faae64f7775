import { describe, expect, it, onTestFinished } from "vitest";
import type { Authorize } from "../../../../src/security/authorize.ts";
import { type Harness, codes, dataOf, openHarness } from "../../harness.ts";
import { owned } from "../../owned-catalogs.ts";

const SURFACE = `query ($topic: String!, $first: Int, $after: String) {
  surface(topic: $topic, first: $first, after: $after) {
    nodes { id version hash type updatedAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const at = new Date("2025-01-02T03:04:05.678Z");
const meta = (offset: number, hash?: string) => ({
  partition: 0,
  offset,
  type: "bank.MoneyMoved",
  created: at,
  updated: at,
  ...(hash === undefined ? {} : { hash }),
});

async function open(authorize?: Authorize): Promise<Harness> {
  const api = await openHarness(owned, authorize === undefined ? {} : { authorize });
  onTestFinished(async () => await api.close());
  await api.store("accounts", [
    { _id: "b", owner: "Bob", _meta: meta(7, "b".repeat(32)) },
    { _id: "a", owner: "Ann", _meta: meta(9, "a".repeat(32)) },
    { _id: "c", owner: "Cy", _meta: meta(3) },
  ]);
  await api.store("values", [{ _id: "v", value: 1, secret: "?", _meta: meta(1, "c".repeat(32)) }]);
  return api;
}

describe("surface", () => {
  it("pages the newest event of every key, in their order", async () => {
    const api = await open();
    const first: unknown = dataOf(await api.run(SURFACE, { variables: { topic: "accounts", first: 2 } }));
    const told = { type: "bank.MoneyMoved", updatedAt: at.toISOString() };
    expect(first).toEqual({
      surface: {
        nodes: [
          { id: "a", version: "9", hash: "a".repeat(32), ...told },
          { id: "b", version: "7", hash: "b".repeat(32), ...told },
        ],
        pageInfo: {
          hasNextPage: true,
          hasPreviousPage: false,
          startCursor: expect.any(String),
          endCursor: expect.any(String),
        },
      },
    });
    const { data } = await api.run('{ surface(topic: "accounts", first: 2) { pageInfo { endCursor } } }');
    const after = JSON.parse(JSON.stringify(data)).surface.pageInfo.endCursor;
    expect(dataOf(await api.run(SURFACE, { variables: { topic: "accounts", after } }))).toMatchObject({
      surface: {
        nodes: [{ id: "c", version: "3", hash: null }],
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      },
    });
  });

  it("shows the rows that the caller may see, and no hash of columns that they may not", async () => {
    const filtered = await open(() => ({ allow: true, filter: { owner: "Bob" } }));
    expect(dataOf(await filtered.run(SURFACE, { variables: { topic: "accounts" } }))).toMatchObject({
      surface: { nodes: [{ id: "b", hash: "b".repeat(32) }] },
    });
    const limited = await open(() => ({ allow: true, columns: new Set(["amount"]) }));
    const { data } = await limited.run(SURFACE, { variables: { topic: "accounts" } });
    expect(JSON.stringify(data)).not.toMatch(/"hash":"/);
    const api = await open();
    expect(dataOf(await api.run(SURFACE, { variables: { topic: "values" } }))).toMatchObject({
      surface: { nodes: [{ id: "v", hash: null }] },
    });
    const denied = await open(() => ({ allow: false, reason: "no" }));
    expect(codes(await denied.run(SURFACE, { variables: { topic: "accounts" } }))).toEqual(["FORBIDDEN"]);
  });

  it("tells no hash of events with a hidden field, though it is no column", async () => {
    const { aggregates, ...rest } = owned;
    const hiding = aggregates.map((one) => ({
      ...one,
      eventTypes: one.eventTypes.map((type) => ({
        ...type,
        fields: type.fields.map((field) => ({ ...field, hidden: true })),
      })),
    }));
    const api = await openHarness({ ...rest, aggregates: hiding });
    onTestFinished(async () => await api.close());
    await api.store("accounts", [{ _id: "a", owner: "Ann", _meta: meta(9, "a".repeat(32)) }]);
    expect(dataOf(await api.run(SURFACE, { variables: { topic: "accounts" } }))).toMatchObject({
      surface: { nodes: [{ id: "a", hash: null }] },
    });
  });

  it("is of owned topics alone", async () => {
    const api = await open();
    expect(codes(await api.run(SURFACE, { variables: { topic: "notes" } }))).toEqual(["NOT_OWNED"]);
    expect(codes(await api.run(SURFACE, { variables: { topic: "account" } }))).toEqual(["BAD_USER_INPUT"]);
    expect(codes(await api.run(SURFACE, { variables: { topic: "accounts", first: -1 } }))).toEqual(["BAD_USER_INPUT"]);
    expect(codes(await api.run(SURFACE, { variables: { topic: "accounts", after: "?" } }))).toEqual(["BAD_USER_INPUT"]);
    expect(api.finds).toEqual([]);
  });
});
