import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { encodeCommandReceipt, encodeReceipt } from "../../../src/model/receipt.ts";
import { appuser } from "../example-catalogs.ts";
import { FakeCommands } from "../fake-commands.ts";
import { type Harness, type HarnessOptions, codes, dataOf, openHarness } from "../harness.ts";

const TOPIC = "appuser";
const QUERY = `query ($r: String!) @consistentWith(receipt: $r, timeoutMs: 5000) { users { id } }`;
const RECEIPT = encodeCommandReceipt(TOPIC, "c");

async function open(commands: FakeCommands, options: HarnessOptions = {}): Promise<Harness> {
  const api = await openHarness(appuser, { ...options, commands });
  onTestFinished(() => api.close());
  await api.store("users", [{ _id: "1", firstname: "Ann" }]);
  return api;
}

/** Commands of which one is decided. */
function decided(chosen: Partial<Outcome>): FakeCommands {
  const commands = new FakeCommands();
  commands.tell(TOPIC, "c", chosen);
  return commands;
}

const event = (partition: number, offset: number): Outcome["events"][number] => ({
  id: "1",
  type: "T",
  partition,
  offset,
});

describe("@consistentWith a command's receipt", () => {
  it("waits for its outcome, then for the newest of its events on each partition", async () => {
    const api = await open(decided({ events: [event(0, 5), event(1, 7), event(0, 6)] }));
    dataOf(await api.run(QUERY, { variables: { r: RECEIPT } }));
    expect(api.waits.map(({ position }) => position)).toEqual([
      { topic: TOPIC, partition: 0, offset: 6 },
      { topic: TOPIC, partition: 1, offset: 7 },
    ]);
    expect(api.waits.every(({ timeoutMs }) => timeoutMs > 4_000 && timeoutMs <= 5_000)).toBe(true);
    expect(api.finds.map(({ options }) => options.causal)).toEqual([true]);
  });

  it("has nothing to wait for where the command is refused, or led to no event", async () => {
    for (const chosen of [{ status: "REJECTED", rejection: { code: "NO", message: "" } }, { events: [] }] as const) {
      const api = await open(decided(chosen));
      expect(dataOf(await api.run(QUERY, { variables: { r: RECEIPT } }))).toEqual({ users: [{ id: "1" }] });
      expect(api.waits).toEqual([]);
    }
  });

  it("says the same of a command that isn't decided in time as of an event that isn't projected in time", async () => {
    const commands = new FakeCommands();
    const api = await open(commands);
    const running = api.run(QUERY, { variables: { r: RECEIPT } });
    await expect.poll(() => commands.asked.length).toBe(1);
    commands.fail(new EventQLError("NOT_YET_DECIDED", "not yet"));
    expect(codes(await running)).toEqual(["NOT_YET_PROJECTED"]);
    expect(api.finds).toEqual([]);
  });

  it("passes on why it may not wait", async () => {
    const commands = new FakeCommands();
    const api = await open(commands);
    const running = api.run(QUERY, { variables: { r: RECEIPT } });
    await expect.poll(() => commands.asked.length).toBe(1);
    commands.fail(new EventQLError("LIMIT_EXCEEDED", "too many"));
    expect(codes(await running)).toEqual(["LIMIT_EXCEEDED"]);
  });

  it("is for who may read, and of a topic that there is", async () => {
    const commands = new FakeCommands();
    const denied = await open(commands, { authorize: () => ({ allow: false, reason: "no" }) });
    expect(codes(await denied.run(QUERY, { variables: { r: RECEIPT } }))).toEqual(["FORBIDDEN"]);
    const api = await open(commands);
    const other = encodeCommandReceipt("other", "c");
    expect(codes(await api.run(QUERY, { variables: { r: other } }))).toEqual(["RECEIPT_INVALID"]);
    expect(commands.asked).toEqual([]);
  });
});

describe("@consistentWith a receipt of several partitions", () => {
  it("waits for each of them", async () => {
    const places = fc.uniqueArray(fc.record({ partition: fc.nat({ max: 9 }), offset: fc.nat() }), {
      minLength: 1,
      selector: ({ partition }) => partition,
    });
    await fc.assert(
      fc.asyncProperty(places, async (at) => {
        const api = await openHarness(appuser);
        const [first = { topic: TOPIC, partition: 0, offset: 0 }, ...more] = at.map((one) => ({
          topic: TOPIC,
          ...one,
        }));
        await api.store("users", []);
        dataOf(await api.run(QUERY, { variables: { r: encodeReceipt(first, ...more) } }));
        expect(api.waits.map(({ position }) => position)).toEqual([first, ...more]);
        await api.close();
      }),
      { numRuns: 10 },
    );
  });

  it("is an error where one of them is a dead letter", async () => {
    let waits = 0;
    const outcome = (): "DEAD_LETTERED" | "PROJECTED" => ((waits += 1) === 2 ? "DEAD_LETTERED" : "PROJECTED");
    const api = await open(new FakeCommands(), { outcome });
    const at = (partition: number) => ({ topic: TOPIC, partition, offset: 1 });
    const result = await api.run(QUERY, { variables: { r: encodeReceipt(at(0), at(1), at(2)) } });
    expect(codes(result)).toEqual(["DEAD_LETTERED"]);
  });

  it("has a limit: a receipt is soon made up", async () => {
    const at = (partition: number) => ({ topic: TOPIC, partition, offset: 1 });
    const many = Array.from({ length: 1_001 }, (_, partition) => at(partition));
    const api = await open(new FakeCommands());
    const result = await api.run(QUERY, { variables: { r: encodeReceipt(at(0), ...many) } });
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(api.waits).toEqual([]);
  });
});
