import { createYoga } from "graphql-yoga";
import { describe, expect, it, onTestFinished } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { buildSchema } from "../../../src/graphql/build-schema.ts";
import { consistentWithPlugin } from "../../../src/graphql/consistency/plugin.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { createMaskError } from "../../../src/graphql/errors.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { encodeReceipt } from "../../../src/model/receipt.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, openHarness } from "../harness.ts";

const receiptAt = (offset: number, topic = "appuser") => encodeReceipt({ topic, partition: 1, offset });
const QUERY = `query ($r: String!) @consistentWith(receipt: $r, timeoutMs: 50) { user(id: "1") { id } users { id } }`;

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(appuser, options);
  onTestFinished(() => api.close());
  await api.store("users", [{ _id: "1", firstname: "Ann" }]);
  return api;
}

describe("@consistentWith", () => {
  it("waits for the receipt, then reads causally", async () => {
    const api = await open();
    const result = await api.run(QUERY, { variables: { r: receiptAt(9) } });
    expect(dataOf(result)).toEqual({ user: { id: "1" }, users: [{ id: "1" }] });
    expect(api.waits).toEqual([{ position: { topic: "appuser", partition: 1, offset: 9 }, timeoutMs: 50 }]);
    expect(api.finds.map(({ options }) => options.causal)).toEqual([true, true]);
  });

  it("may be repeated, with the default wait, and a wait is cut to the longest", async () => {
    const api = await open();
    const directives = `@consistentWith(receipt: "${receiptAt(1)}") @consistentWith(receipt: "${receiptAt(2)}", timeoutMs: 99999)`;
    dataOf(await api.run(`query ${directives} { users { id } }`));
    expect(api.waits.map(({ position, timeoutMs }) => [position.offset, timeoutMs])).toEqual([
      [1, 2000],
      [2, 30_000],
    ]);
  });

  it.each(["DEAD_LETTERED", "KEY_PARKED"] as const)(
    "is an error where the event was passed, but is %s",
    async (outcome) => {
      const api = await open({ outcome: () => outcome });
      const result = await api.run(QUERY, { variables: { r: receiptAt(1) } });
      expect(codes(result)).toEqual([outcome]);
      expect(result.data).toBeUndefined();
      expect(api.finds).toEqual([]);
    },
  );

  it("is an error, never a stale answer, where the projection isn't there in time", async () => {
    const api = await open({
      outcome: () => {
        throw new EventQLError("NOT_YET_PROJECTED", "not yet");
      },
    });
    const result = await api.run(QUERY, { variables: { r: receiptAt(1) } });
    expect(codes(result)).toEqual(["NOT_YET_PROJECTED"]);
    expect(result.errors?.[0]?.extensions["retriable"]).toBe(true);
    expect(api.finds).toEqual([]);
  });

  it.each([
    ["made up", "abc", "RECEIPT_INVALID"],
    ["empty", "", "RECEIPT_INVALID"],
    ["of another deployment's topic", receiptAt(1, "other"), "RECEIPT_INVALID"],
  ])("refuses a receipt that is %s", async (_what, receipt, code) => {
    const api = await open();
    expect(codes(await api.run(QUERY, { variables: { r: receipt } }))).toEqual([code]);
    expect(api.waits).toEqual([]);
  });

  it("refuses a negative wait, and a missing variable", async () => {
    const api = await open();
    const negative = `query @consistentWith(receipt: "${receiptAt(1)}", timeoutMs: -1) { users { id } }`;
    expect([...codes(await api.run(negative)), ...codes(await api.run(QUERY))]).toEqual([
      "BAD_USER_INPUT",
      "BAD_USER_INPUT",
    ]);
    expect([api.waits, api.finds]).toEqual([[], []]);
  });

  it("doesn't wait for who may not read", async () => {
    const api = await open({ authorize: () => ({ allow: false, reason: "no" }) });
    expect(codes(await api.run(QUERY, { variables: { r: receiptAt(1) } }))).toEqual(["FORBIDDEN"]);
    expect(api.waits).toEqual([]);
  });

  it("stands at queries only", async () => {
    const api = await open();
    const mutation = `mutation @consistentWith(receipt: "x") { deleteUser(id: "1") { id } }`;
    expect(codes(await api.run(mutation))).toEqual(["BAD_USER_INPUT"]);
    expect(api.appends).toEqual([]);
  });
});

describe("the header eventql-consistent-with", () => {
  const header = (value: string) => ({ headers: { "eventql-consistent-with": value } });

  it("waits for each of its receipts before a query", async () => {
    const api = await open();
    dataOf(await api.run(`{ users { id } }`, header(`${receiptAt(1)}, ${receiptAt(2)},`)));
    expect(api.waits.map(({ position, timeoutMs }) => [position.offset, timeoutMs])).toEqual([
      [1, 2000],
      [2, 2000],
    ]);
  });

  it("means nothing to a mutation", async () => {
    const api = await open();
    dataOf(await api.run(`mutation { deleteUser(id: "1", wait: NONE) { id } }`, header(receiptAt(1))));
    expect(api.waits).toEqual([]);
  });

  it("takes no more receipts than the limit", async () => {
    const api = await open({ limits: { ...defaultLimits, maxReceipts: 1 } });
    const result = await api.run(`{ users { id } }`, header(`${receiptAt(1)},${receiptAt(2)}`));
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
  });
});

it("works the same in the engine, as its plugin", async () => {
  const api = await open({ outcome: () => "KEY_PARKED" });
  const maskError = createMaskError(silentLogger);
  const yoga = createYoga({
    schema: buildSchema(api.services),
    context: () => createContext(api.services, { headers: {}, remoteAddress: undefined }),
    plugins: [consistentWithPlugin(maskError)],
    maskedErrors: { maskError, errorMessage: "Unexpected error" },
    logging: false,
  });
  const ask = async (query: string): Promise<unknown> => {
    const body = JSON.stringify({ query });
    const headers = { "content-type": "application/json" };
    const response = await yoga.fetch("http://localhost/graphql", { method: "POST", headers, body });
    return response.json();
  };
  const parked = {
    message: expect.stringContaining("waits behind a dead letter"),
    extensions: { code: "KEY_PARKED", retriable: false },
  };
  expect(await ask(`query @consistentWith(receipt: "${receiptAt(1)}") { users { id } }`)).toEqual({ errors: [parked] });
  expect(await ask(`{ users { id } }`)).toEqual({ data: { users: [{ id: "1" }] } });
  expect(await ask(`{ users(limit: 5000) { id } }`)).toMatchObject({
    errors: [{ path: ["users"], extensions: { code: "LIMIT_EXCEEDED" } }],
  });
});
